import { createHash } from 'node:crypto'

const hashBytes = 16
/** Far more than any token we give out. */
const tokenLengthMax = 1_000

/**
 * A page token: where to go on and when it was made, bound by a hash to the parameters it is for. It
 * is no secret and gives no right: the position is applied within what the caller may see anyway, so
 * a checksum suffices to refuse one that was altered or belongs to another question.
 */
export function writeToken(position: readonly number[], parameters: unknown, now: number): string {
  const body = Buffer.from(JSON.stringify([now, ...position]))
  return Buffer.concat([binding(body, parameters), body]).toString('base64url')
}

/** The position and when the token was made; undefined when it is not ours for these parameters. */
export function readToken(
  token: string,
  parameters: unknown,
): { position: number[]; issuedAt: number } | undefined {
  if (token.length > tokenLengthMax || !/^[\w-]+$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const body = bytes.subarray(hashBytes)
  if (bytes.toString('base64url') !== token) return undefined
  if (!binding(body, parameters).equals(bytes.subarray(0, hashBytes))) return undefined
  const [issuedAt, ...position] = readNumbers(body)
  return issuedAt === undefined ? undefined : { position, issuedAt }
}

/** None when it is anything but a list of whole numbers. */
function readNumbers(body: Buffer): number[] {
  if (!/^\[\d{1,16}(,\d{1,16})*\]$/.test(body.toString('latin1'))) return []
  return JSON.parse(body.toString())
}

function binding(body: Buffer, parameters: unknown): Buffer {
  const hash = createHash('sha256').update(JSON.stringify(parameters)).update('\n').update(body)
  return hash.digest().subarray(0, hashBytes)
}
