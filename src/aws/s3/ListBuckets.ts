import { ApiError } from '../../errors.ts'
import type { ListBucketsOutput, ListBucketsRequest } from '../../gen/s3-types.ts'
import { listBuckets } from '../../objects/buckets.ts'
import { canonicalUserId } from '../../objects/canonical-user.ts'
import type { Operation } from '../../operation.ts'

const pageMax = 10_000

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export const ListBuckets: Operation<ListBucketsRequest, ListBucketsOutput> = {
  access: 'read',
  action: 's3:ListAllMyBuckets',

  async run(input, { caller, tx }) {
    const { MaxBuckets = pageMax, ContinuationToken: token, Prefix, BucketRegion } = input
    if (MaxBuckets < 1 || MaxBuckets > pageMax) {
      const text = `Argument max-buckets must be an integer between 1 and ${pageMax}`
      throw new ApiError('InvalidArgument', text)
    }
    const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString()
    const all = listBuckets(tx, caller.accountId).filter(({ name, region }) => {
      const isAsked = BucketRegion === undefined || region === BucketRegion
      return isAsked && name > after && name.startsWith(Prefix ?? '')
    })
    const page = all.slice(0, MaxBuckets)
    const next = all.length > page.length ? page.at(-1)!.name : undefined
    return {
      Buckets: page.map(({ name, createdAt, region }) => {
        return { Name: name, CreationDate: new Date(createdAt), BucketRegion: region }
      }),
      Owner: { ID: canonicalUserId(caller.accountId) },
      ...(next && { ContinuationToken: Buffer.from(next).toString('base64url') }),
      ...(Prefix !== undefined && { Prefix }),
    }
  },
}
