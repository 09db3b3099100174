import { ApiError } from '../../errors.ts'
import type {
  GetBucketAccelerateConfigurationOutput,
  GetBucketLoggingOutput,
  GetBucketRequestPaymentOutput,
  NotificationConfiguration,
  PutBucketLoggingRequest,
  PutBucketNotificationConfigurationRequest,
  PutBucketRequestPaymentRequest,
} from '../../gen/s3-types.ts'
import type { BucketInput } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'
import { changesBucket, readsBucket } from './setting.ts'

/*
 * Settings that have no effect here: they answer as S3 does where they were never made, may be taken away,
 * and are refused when they ask for anything.
 */

/** Answers S3's error for what is not configured. */
function notConfigured(code: string, message: string, action?: string): Operation {
  return readsBucket<BucketInput, never>(() => {
    throw new ApiError(code, message)
  }, action)
}

function notBuilt(what: string, action?: string): Operation {
  return changesBucket<BucketInput>(() => {
    throw new ApiError('NotImplemented', `${what} is not built.`)
  }, action)
}

/** There is nothing to take away, which S3 says of a few only. */
function nothingToDelete(action: string): Operation {
  return changesBucket<BucketInput>((bucket) => bucket, action)
}

export const GetBucketCors = notConfigured(
  'NoSuchCORSConfiguration',
  'The CORS configuration does not exist',
  's3:GetBucketCORS',
)
export const PutBucketCors = notBuilt('CORS', 's3:PutBucketCORS')
export const DeleteBucketCors = nothingToDelete('s3:PutBucketCORS')

export const GetBucketWebsite = notConfigured(
  'NoSuchWebsiteConfiguration',
  'The specified bucket does not have a website configuration',
)
export const PutBucketWebsite = notBuilt('A website')
export const DeleteBucketWebsite = nothingToDelete('s3:DeleteBucketWebsite')

export const GetBucketReplication = notConfigured(
  'ReplicationConfigurationNotFoundError',
  'The replication configuration was not found',
  's3:GetReplicationConfiguration',
)
export const PutBucketReplication = notBuilt('Replication', 's3:PutReplicationConfiguration')
export const DeleteBucketReplication = nothingToDelete('s3:PutReplicationConfiguration')

export const GetBucketLogging = readsBucket<BucketInput, GetBucketLoggingOutput>(() => ({}))
export const PutBucketLogging = changesBucket<PutBucketLoggingRequest>((bucket, input) => {
  if (!input.BucketLoggingStatus.LoggingEnabled) return bucket
  throw new ApiError('NotImplemented', 'Access logs of buckets are not built.')
})

export const GetBucketNotificationConfiguration = readsBucket<
  BucketInput,
  NotificationConfiguration
>(() => ({}), 's3:GetBucketNotification')
export const PutBucketNotificationConfiguration =
  changesBucket<PutBucketNotificationConfigurationRequest>((bucket, input) => {
    const asked = Object.values(input.NotificationConfiguration)
    if (asked.every((list) => Array.isArray(list) && list.length === 0)) return bucket
    throw new ApiError('NotImplemented', 'Notifications of buckets are not built.')
  }, 's3:PutBucketNotification')

export const GetBucketRequestPayment = readsBucket<BucketInput, GetBucketRequestPaymentOutput>(
  () => ({ Payer: 'BucketOwner' }),
)
export const PutBucketRequestPayment = changesBucket<PutBucketRequestPaymentRequest>(
  (bucket, { RequestPaymentConfiguration: { Payer } }) => {
    if (Payer === 'BucketOwner') return bucket
    throw new ApiError('NotImplemented', 'Requester Pays is not built: nothing is paid for here.')
  },
)

export const GetBucketAccelerateConfiguration = readsBucket<
  BucketInput,
  GetBucketAccelerateConfigurationOutput
>(() => ({}), 's3:GetAccelerateConfiguration')
export const PutBucketAccelerateConfiguration = notBuilt(
  'Transfer acceleration',
  's3:PutAccelerateConfiguration',
)

const noSuch = ['NoSuchConfiguration', 'The specified configuration does not exist.'] as const
/** Of these a bucket may have several; none has any. */
const none = (action: string) =>
  readsBucket<BucketInput, { IsTruncated: boolean }>(() => ({ IsTruncated: false }), action)

const analytics = 's3:GetAnalyticsConfiguration'
export const GetBucketAnalyticsConfiguration = notConfigured(...noSuch, analytics)
export const ListBucketAnalyticsConfigurations = none(analytics)
export const PutBucketAnalyticsConfiguration = notBuilt('Analytics', 's3:PutAnalyticsConfiguration')
export const DeleteBucketAnalyticsConfiguration = missing('s3:PutAnalyticsConfiguration')

const tiering = 's3:GetIntelligentTieringConfiguration'
export const GetBucketIntelligentTieringConfiguration = notConfigured(...noSuch, tiering)
export const ListBucketIntelligentTieringConfigurations = none(tiering)
export const PutBucketIntelligentTieringConfiguration = notBuilt(
  'Intelligent tiering',
  's3:PutIntelligentTieringConfiguration',
)
export const DeleteBucketIntelligentTieringConfiguration = missing(
  's3:PutIntelligentTieringConfiguration',
)

const inventory = 's3:GetInventoryConfiguration'
export const GetBucketInventoryConfiguration = notConfigured(...noSuch, inventory)
export const ListBucketInventoryConfigurations = none(inventory)
export const PutBucketInventoryConfiguration = notBuilt(
  'An inventory',
  's3:PutInventoryConfiguration',
)
export const DeleteBucketInventoryConfiguration = missing('s3:PutInventoryConfiguration')

const metrics = 's3:GetMetricsConfiguration'
export const GetBucketMetricsConfiguration = notConfigured(...noSuch, metrics)
export const ListBucketMetricsConfigurations = none(metrics)
export const PutBucketMetricsConfiguration = notBuilt(
  'Metrics of requests',
  's3:PutMetricsConfiguration',
)
export const DeleteBucketMetricsConfiguration = missing('s3:PutMetricsConfiguration')

function missing(action: string): Operation {
  return changesBucket<BucketInput>(() => {
    throw new ApiError(...noSuch)
  }, action)
}
