import { type BucketInput, bucketArn, getBucket, saveBucket } from '../../objects/buckets.ts'
import type { Bucket } from '../../objects/contract.ts'
import type { Context, Operation } from '../../operation.ts'

/** An operation that answers from what is set in a bucket. `action` where it is not the operation's name. */
export function readsBucket<In extends BucketInput, Out>(
  answer: (bucket: Bucket, input: In) => Out,
  action?: string,
): Operation<In, Out> {
  return {
    access: 'read',
    ...(action && { action }),
    resources: ({ Bucket }) => [bucketArn(Bucket)],
    run: async (input, { tx }) => answer(getBucket(tx, input), input),
  }
}

/** An operation that sets something in a bucket and answers nothing. */
export function changesBucket<In extends BucketInput>(
  change: (bucket: Bucket, input: In, context: Context<unknown>) => Bucket,
  action?: string,
): Operation<In, object> {
  return {
    access: 'write',
    ...(action && { action }),
    resources: ({ Bucket }) => [bucketArn(Bucket)],
    async run(input, context) {
      const { tx } = context
      saveBucket(tx, change(getBucket(tx, input), input, context))
      return {}
    },
  }
}
