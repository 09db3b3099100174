import type { Object as ListedObject } from '../../gen/s3-types.ts'
import { canonicalUserId } from '../../objects/canonical-user.ts'
import type { ObjectVersion } from '../../objects/contract.ts'
import { urlEncoded } from './url-encoding.ts'

/** How a list shows keys: as they are, or as they stand in a URL where the caller asks for that. */
export function shownAs(encoding: 'url' | undefined): (text: string) => string {
  return encoding === 'url' ? urlEncoded : (text) => text
}

/** An object as lists show it, without its key. */
export function listedObject({ etag, size, checksum, lastModified, storageClass }: ObjectVersion) {
  return {
    LastModified: wholeSeconds(lastModified),
    ETag: `"${etag}"`,
    ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
    Size: size,
    StorageClass: (storageClass ?? 'STANDARD') as ListedObject['StorageClass'],
  }
}

/** Whom an object belongs to: the bucket's owner, always. */
export function ownerShape({ accountId }: Pick<ObjectVersion, 'accountId'>) {
  return { Owner: { ID: canonicalUserId(accountId) } }
}

/** The same time that the object's own head shows. */
export function wholeSeconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000)
}
