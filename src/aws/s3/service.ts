import type { Operation } from '../../operation.ts'

/** S3 as far as it is built. */
export const s3Operations: Readonly<Record<string, Operation>> = {}
