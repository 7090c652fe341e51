"""S3: buckets and objects in one account."""
