import type { Adapter } from './adapter.ts'
import { kubernetes } from './kubernetes.ts'
import { mapping } from './mapping.ts'
import { minio } from './minio.ts'
import { otlp } from './otlp.ts'
import { rgw } from './rgw.ts'
import { s3AccessLog } from './s3-access-log.ts'
import { vault } from './vault.ts'

/** Every kind of feed but `cloudtrail`, whose records are kept as they come. */
export const adapters: Readonly<Record<string, Adapter>> = {
  kubernetes,
  mapping,
  minio,
  otlp,
  rgw,
  's3-access-log': s3AccessLog,
  vault,
}
