const orderBytes = 8

/**
 * A version's id: opaque to callers, but it begins with the order in which the version came, so that its row
 * is found without a search. `random` is a UUID: nobody guesses the id of a version.
 */
export function versionIdOf(order: number, random: string): string {
  return Buffer.concat([orderText(order), Buffer.from(random.replaceAll('-', ''), 'hex')]).toString(
    'base64url',
  )
}

/** Undefined for a text that is no version id; `null` has no order. */
export function orderOfVersionId(versionId: string): number | undefined {
  if (!/^[\w-]{11,32}$/.test(versionId)) return undefined
  const order = Buffer.from(versionId, 'base64url').readBigUInt64BE()
  return order < BigInt(Number.MAX_SAFE_INTEGER) ? Number(order) : undefined
}

function orderText(order: number): Buffer {
  const bytes = Buffer.alloc(orderBytes)
  bytes.writeBigUInt64BE(BigInt(order))
  return bytes
}
