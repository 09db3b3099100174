import { ApiError } from '../errors.ts'
import type { Principal, Service } from '../operation.ts'
import type { Arrival } from './arrival.ts'
import type { ListenerOptions } from './listener.ts'
import { readPresignedV2, verifyPresignedV2 } from './sigv2.ts'
import {
  type Claim,
  decodeUnverified,
  type RequestHead,
  readClaim,
  type VerifiedCall,
  verify,
} from './sigv4/verify.ts'

/** The claim in the head, or why it cannot be read. A refused call is still named for its record. */
export type ReadClaim = Readonly<{ claim?: Claim; malformed?: unknown }>

/** Reads who the caller says to be; never throws. */
export function claimIn(head: RequestHead): ReadClaim {
  try {
    return { claim: readClaim(head) ?? readPresignedV2(head) }
  } catch (malformed) {
    return { malformed }
  }
}

/** Who calls, as far as the head proves it: the rest of the proof is in `decodeBody`. */
export type Authenticated = VerifiedCall & Readonly<{ principal: Principal }>

/**
 * Verifies the signature over the head. With `auth: open` everybody is the root of the account, under
 * the key they name, and only the scope must fit. Throws ApiError as `verify` does.
 */
export function authenticate(
  arrival: Arrival,
  { model }: Service,
  { claim, malformed }: ReadClaim,
  options: ListenerOptions,
): Authenticated {
  const { head, headers } = arrival
  const { auth, regions, findCredential, rootPrincipal, clock, limits, keys } = options
  if (auth === 'open') {
    refuseOtherSites(headers)
    if (claim) checkOpenScope(claim, model.signingName, regions)
    const accessKeyId = claim?.accessKeyId ?? rootPrincipal.accessKeyId
    return { ...decodeUnverified(head), principal: { ...rootPrincipal, accessKeyId } }
  }
  if (malformed) throw malformed
  const credential = claim && findCredential(claim.accessKeyId)
  if (claim?.version === 'SigV2' && model.signingName === claim.service) {
    const verified = verifyPresignedV2(arrival, claim, { credential, now: clock.now() })
    return { ...verified, principal: credential!.principal }
  }
  const expect = { service: model.signingName, regions }
  const verified = verify(head, claim, { credential, now: clock.now(), expect, limits, keys })
  return { ...verified, principal: credential!.principal }
}

/** Where no key is asked for, a page from elsewhere must not call in its visitor's name. */
function refuseOtherSites(headers: Arrival['headers']): void {
  const { origin, host, 'sec-fetch-site': site = 'none' } = headers
  const isOwn = origin === undefined || origin.replace(/^https?:\/\//, '') === host
  if (isOwn && (site === 'none' || site === 'same-origin')) return
  throw new ApiError('AccessDenied', 'Pages of other sites may not call while auth is open.')
}

function checkOpenScope(claim: Claim, service: string, regions: readonly string[]): void {
  if (claim.service !== service) {
    throw new ApiError(
      'SignatureDoesNotMatch',
      `Credential should be scoped to correct service: '${service}'.`,
    )
  }
  if (claim.version !== 'SigV2' && !regions.includes(claim.region)) {
    throw new ApiError(
      'SignatureDoesNotMatch',
      `Credential should be scoped to a valid region, not '${claim.region.slice(0, 128)}'.`,
    )
  }
}
