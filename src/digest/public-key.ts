import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

/** A key that digests may be signed with. Times in milliseconds; absent where nobody said. */
export type PublicKey = Readonly<{
  /** Lower-case hex MD5 of the key's PKCS#1 DER form: how a digest names its key. */
  fingerprint: string
  key: KeyObject
  validFrom?: number
  validUntil?: number
}>

/** Reads an RSA key in DER, PKCS#1 (as ListPublicKeys sends it) or SPKI. Throws on anything else. */
export function publicKeyFromDer(
  der: Uint8Array,
  validity: Readonly<{ validFrom?: number; validUntil?: number }> = {},
): PublicKey {
  const key = anyForm(Buffer.from(der.buffer, der.byteOffset, der.byteLength))
  return { fingerprint: fingerprintOf(key), key, ...validity }
}

/**
 * The key's PKCS#1 DER form: the Value of ListPublicKeys before base64. Goes by way of SPKI, because
 * Node 24 with OpenSSL 3.5 cannot write a key as PKCS#1 that it has read as PKCS#1.
 */
export function pkcs1Der(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' })
  const again = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return again.export({ type: 'pkcs1', format: 'der' })
}

/** Found by measurement: no AWS page says how the fingerprint is made. */
export function fingerprintOf(key: KeyObject): string {
  return createHash('md5').update(pkcs1Der(key)).digest('hex')
}

function anyForm(der: Buffer): KeyObject {
  for (const type of ['pkcs1', 'spki'] as const) {
    try {
      const key = createPublicKey({ key: der, format: 'der', type })
      if (key.asymmetricKeyType === 'rsa') return key
    } catch {
      // Not this form; the other one is tried, and after both the error below says so.
    }
  }
  throw new Error('not an RSA public key in DER, neither PKCS#1 nor SPKI')
}

/**
 * Finds the key that a digest names. `from` to `until` is when it must have been signed, in
 * milliseconds; a source that is asked over the network asks for keys of that time only.
 */
export type FindKey = (
  wanted: Readonly<{ fingerprint: string; region: string; from: number; until: number }>,
) => Promise<PublicKey | undefined>

/** Finds among keys that are at hand, whatever their Region. */
export function keyRing(keys: readonly PublicKey[]): FindKey {
  const byFingerprint = new Map(keys.map((key) => [key.fingerprint, key]))
  return async ({ fingerprint }) => byFingerprint.get(fingerprint)
}

/** False when the key was not valid at any moment from `from` until `until`. */
export function isValidDuring(key: PublicKey, from: number, until: number): boolean {
  return (key.validFrom ?? from) <= until && (key.validUntil ?? until) >= from
}
