/**
 * S3's errors are not in its model. Those whose status is another than 400:
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const s3Statuses: Readonly<Record<string, number>> = {
  AllAccessDisabled: 403,
  BucketNotEmpty: 409,
  ConditionalRequestConflict: 409,
  InvalidBucketState: 409,
  InvalidObjectState: 403,
  InvalidRange: 416,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucketPolicy: 404,
  NoSuchConfiguration: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchObjectLockConfiguration: 404,
  NoSuchPublicAccessBlockConfiguration: 404,
  NoSuchTagSet: 404,
  NoSuchTagSetError: 404,
  NoSuchVersion: 404,
  NoSuchWebsiteConfiguration: 404,
  NotModified: 304,
  ObjectLockConfigurationNotFoundError: 404,
  OperationAborted: 409,
  OwnershipControlsNotFoundError: 404,
  PreconditionFailed: 412,
  ReplicationConfigurationNotFoundError: 404,
  ServerSideEncryptionConfigurationNotFoundError: 404,
}

/** Members of the error's XML that are parts of the path, by the model's name for them. */
export const s3NamedInPath: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BucketAlreadyExists: { BucketName: 'Bucket' },
  BucketAlreadyOwnedByYou: { BucketName: 'Bucket' },
  InvalidBucketName: { BucketName: 'Bucket' },
  NoSuchBucket: { BucketName: 'Bucket' },
  NoSuchBucketPolicy: { BucketName: 'Bucket' },
  NoSuchKey: { Key: 'Key' },
  NoSuchVersion: { Key: 'Key' },
}
