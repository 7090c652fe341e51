"""120 host names in one go, with the calls that it takes; and many threads at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from emailauth.core.file import FileWrite
from emailauth.web_hosts.cloudfront.limits import LIMITS
from tests.web_hosts.cloudfront.account import Account, file, name_of, policy, policy_url

URLS = [policy_url(f"d{n:03}.example.com") for n in range(120)]
HOSTS = [name_of(url) for url in URLS]
POLICY, OTHER = policy("mx1.example.com", "mx2.example.com"), policy("mx1.example.com")


def counted(account: Account) -> Counter[str]:
    """The calls since the last time, by operation."""
    found = Counter(operation for operation, _ in account.aws.calls)
    account.aws.calls.clear()
    return found


def test_120_host_names_in_one_go(account: Account) -> None:
    host = account.host()
    assert len(host.to_prepare(HOSTS)) == 120
    host.prepare(HOSTS)
    preparing = counted(account)
    assert preparing == {
        "ListCertificates": 2,
        "ListDistributions": 2,
        "ListFunctions": 2,
        "CreateFunction": 12,
        "DescribeFunction": 12,
        "PublishFunction": 12,
        "CreateDistributionWithTags": 12,
        "RequestCertificate": 12,
        "DescribeCertificate": 24,
    }
    for name in HOSTS:
        account.publish(host, name)
    assert host.read(URLS) == dict.fromkeys(URLS)
    reading = counted(account)
    assert reading["GetFunction"] <= 24
    assert reading.total() <= 30
    host.change([FileWrite(url=url, before=None, after=file(url, POLICY)) for url in URLS])
    changing = counted(account)
    for operation in ("GetDistributionConfig", "UpdateDistribution", "UpdateFunction", "TestFunction", "PublishFunction"):
        assert changing[operation] == 12
    assert changing["GetFunction"] == 36
    assert changing.total() <= 105
    assert account.left(dict.fromkeys(URLS, POLICY)) == []
    assert {account.seen(url)[2] for url in URLS[::10]} == {POLICY}
    assert max(len(function.live.code) for function in account.aws.functions.values() if function.live) < LIMITS.function_size


def test_one_policy_of_120_changes_one_function(account: Account) -> None:
    account.apply(dict.fromkeys(URLS, POLICY))
    counted(account)
    account.host().change([FileWrite(url=URLS[7], before=POLICY, after=file(URLS[7], OTHER))])
    changing = counted(account)
    assert {name: count for name, count in changing.items() if not name.startswith(("List", "Get"))} == {
        "UpdateFunction": 1,
        "TestFunction": 1,
        "PublishFunction": 1,
    }
    assert (account.seen(URLS[7])[2], account.seen(URLS[8])[2]) == (OTHER, POLICY)


def test_120_host_names_go_in_one_go(account: Account) -> None:
    account.apply(dict.fromkeys(URLS, POLICY))
    account.apply(dict.fromkeys(URLS))
    assert (account.aws.distributions, account.aws.functions, account.aws.certificates) == ({}, {}, {})


def test_policies_that_a_function_has_no_room_for_are_spread_over_more(account: Account) -> None:
    account.aws.quotas["names per certificate"] = 100
    urls = URLS[:60]
    files = {url: policy(*(f"mx{n}.{name_of(url)}" for n in range(5))) for url in urls}
    account.apply(files, account.host(names_per_certificate=100))
    assert len(account.aws.functions) == 3
    assert account.aws.buckets == {}
    assert account.left(files) == []


def test_policies_that_are_longer_than_was_expected_are_in_the_bucket(account: Account) -> None:
    account.aws.quotas["names per certificate"] = 100
    files = {url: policy(*(f"mx{n}.{name_of(url)}" for n in range(15))) for url in URLS[:21]}
    account.apply(files, account.host(names_per_certificate=100))
    assert len(account.aws.functions) == 1
    (bucket,) = account.aws.buckets.values()
    assert 0 < len(bucket.objects) < 15
    assert {url: account.seen(url)[2] for url in files} == files


def test_threads_prepare_and_change_and_read_at_once(account: Account) -> None:
    host = account.host()
    urls = URLS[:24]

    def serve(url: str) -> None:
        host.prepare([name_of(url)])
        account.publish(host, name_of(url))
        host.change([FileWrite(url=url, before=None, after=file(url, POLICY))])
        assert host.read([url]) == {url: POLICY}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(serve, urls))
    assert account.left(dict.fromkeys(urls, POLICY)) == []
    assert len(account.aws.distributions) == 3
    assert len(account.aws.certificates) == 3
