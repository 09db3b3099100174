import { constants, gunzipSync } from 'node:zlib'

/** Of a file's stored bytes, so many are enough to tell what it is. */
export const headBytes = 4 * 1024
/** Of gzip fewer: they are inflated for it, with thousands of small files half of what each costs. */
const gzipHeadBytes = 1536
/** Of its content, so much is looked at. */
const lookedAtBytes = 8 * 1024

/**
 * What a file holds by its beginning. `insights` and `log` are `{"Records":[…]}`; `records` is
 * other JSON that may be records (lines, a list); the rest holds none.
 */
export type FileKind =
  | 'log'
  | 'insights'
  | 'records'
  | 'digest'
  | 'no records'
  | 'empty'
  | 'no JSON'

/** Whether stored bytes are gzip. */
export function isGzip(stored: Uint8Array): boolean {
  return stored[0] === 0x1f && stored[1] === 0x8b
}

/** Tells a file's kind from its first stored bytes; undefined for gzip that is damaged there already. */
export function kindOf(stored: Buffer): FileKind | undefined {
  const head = contentHead(stored.subarray(0, headBytes))
  if (head === undefined) return undefined
  const text = head.toString('utf8', 0, lookedAtBytes).replace(/^\ufeff?\s+|^\ufeff/, '')
  if (text === '') return 'empty'
  if (/^\{\s*"Records"\s*:\s*\[/.test(text)) {
    if (/^\{\s*"Records"\s*:\s*\[\s*\]/.test(text)) return 'no records'
    return /"eventCategory"\s*:\s*"Insight"/.test(text) ? 'insights' : 'log'
  }
  if (/^\{\s*"awsAccountId"/.test(text) && /"digest(Start|End)Time"\s*:/.test(text)) return 'digest'
  return /^[[{]/.test(text) ? 'records' : 'no JSON'
}

/** As much content as the first stored bytes give. */
function contentHead(stored: Buffer): Buffer | undefined {
  if (!isGzip(stored)) return stored
  try {
    return gunzipSync(stored.subarray(0, gzipHeadBytes), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return undefined
  }
}
