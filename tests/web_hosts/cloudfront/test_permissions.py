"""What the host asks of AWS in all its life: the operations that its IAM policy (in the examples) allows, and no other."""

from tests.web_hosts.cloudfront.account import Account, policy, policy_url

ONE, TWO = policy_url("example.com"), policy_url("example.net")
POLICY, BIG = policy("mx1.example.com"), b"." * 20_000

OPERATIONS = {
    "CreateBucket",
    "CreateDistributionWithTags",
    "CreateFunction",
    "CreateOriginAccessControl",
    "DeleteBucketPolicy",
    "DeleteCertificate",
    "DeleteDistribution",
    "DeleteFunction",
    "DeleteObject",
    "DescribeCertificate",
    "DescribeFunction",
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetDistributionConfig",
    "GetFunction",
    "GetObject",
    "HeadBucket",
    "ListCertificates",
    "ListDistributions",
    "ListFunctions",
    "ListOriginAccessControls",
    "ListTagsForCertificate",
    "ListTagsForResource",
    "PublishFunction",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutObject",
    "PutPublicAccessBlock",
    "RequestCertificate",
    "TestFunction",
    "UpdateDistribution",
    "UpdateFunction",
}


def test_the_operations_of_a_whole_life(account: Account) -> None:
    for files in (
        {ONE: POLICY},
        {ONE: BIG, TWO: POLICY},
        {ONE: None, TWO: BIG},
        {TWO: None},
        {ONE: BIG},
        {ONE: None},
    ):
        account.apply(files, account.host(names_per_certificate=1))
    assert {operation for operation, _ in account.aws.calls} == OPERATIONS
