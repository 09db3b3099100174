import { ApiError } from '../../errors.ts'
import type { Checksum } from '../../objects/contract.ts'
import type { Checksums } from '../../objects/multipart.ts'
import type { Upload } from '../../objects/uploads.ts'

type Algorithm = Checksum['algorithm']

/** Bytes of each. */
const sizes: Readonly<Record<Algorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}
const algorithms = Object.keys(sizes) as Algorithm[]
const notBuilt = ['SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128']

/** Members that name an algorithm or a checksum have errors of their own. */
export function builtAlgorithm(name: string | undefined): Algorithm | undefined {
  if (name === undefined) return undefined
  const found = algorithms.find((algorithm) => algorithm === name.toUpperCase())
  if (found) return found
  if (notBuilt.includes(name)) {
    throw new ApiError('NotImplemented', `The checksum algorithm ${name} is not built.`)
  }
  const text =
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: '
  throw new ApiError('InvalidRequest', `${text}[${algorithms.join(', ')}]`)
}

/** A checksum under its member's name: `{ ChecksumCRC32: … }`. */
export function checksumMember(algorithm?: Algorithm, value?: string) {
  return algorithm && value ? { [`Checksum${algorithm}`]: value } : {}
}

/** The checksums among an input's members, by algorithm. Throws ApiError NotImplemented for one not built. */
export function checksumsOf(input: Readonly<Record<string, unknown>>): Checksums {
  const unknown = notBuilt.find((name) => input[`Checksum${name}`] !== undefined)
  if (unknown) builtAlgorithm(unknown)
  const found = algorithms.map((name) => [name, input[`Checksum${name}`]] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== undefined))
}

/** The one checksum that a body's head names. Throws ApiError InvalidRequest for two, or for none at all. */
export function claimedChecksum(
  input: Readonly<Record<string, unknown>>,
): Readonly<{ algorithm: Algorithm; value: string }> | undefined {
  const claimed = Object.entries(checksumsOf(input)) as Array<[Algorithm, string]>
  if (claimed.length > 1) {
    throw new ApiError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  const [algorithm, value] = claimed[0] ?? []
  if (!algorithm || !value) return undefined
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === sizes[algorithm] && bytes.toString('base64') === value) {
    return { algorithm, value }
  }
  const header = `x-amz-checksum-${algorithm.toLowerCase()}`
  throw new ApiError('InvalidRequest', `Value for ${header} header is invalid.`)
}

/**
 * Holds the checksum that a part comes with against the upload's. Throws ApiError InvalidRequest where they
 * differ; the checksums of parts of which a composite one is made must be sent.
 */
export function checkPartChecksum(
  input: Readonly<Record<string, unknown> & { ChecksumAlgorithm?: string }>,
  wanted: Upload['checksum'],
): void {
  const sent = claimedChecksum(input)?.algorithm ?? builtAlgorithm(input.ChecksumAlgorithm)
  if (!wanted || sent === wanted.algorithm) return
  if (!sent && wanted.type === 'FULL_OBJECT') return
  const [expected, actual] = [wanted.algorithm, sent ?? 'null'].map((name) => name.toLowerCase())
  throw new ApiError(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  )
}
