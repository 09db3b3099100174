import type { CapturedAnswer } from '../record/captured.ts'

/** Codes by which a service says that it does not believe who calls. */
const unbelieved = new Set([
  'AuthFailure',
  'AuthorizationHeaderMalformed',
  'AuthorizationQueryParametersError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSecurity',
  'InvalidSignatureException',
  'InvalidToken',
  'InvalidTokenId',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'MissingSecurityHeader',
  'NotSignedUp',
  'OptInRequired',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
  'XAmzContentSHA256Mismatch',
])

/** `silent`: no answer came, or one that does not say why it refuses. */
export type Verdict = 'believed' | 'refused' | 'silent'

/** Refusals of a bodiless answer that need not be about the caller. */
const aboutTheCall = [404, 405, 409, 412, 416]

/** Whether the upstream took the caller for who it says it is. */
export function verdictOf(answer: CapturedAnswer | undefined): Verdict {
  if (!answer) return 'silent'
  const { status, error } = answer
  if (error) return unbelieved.has(error.code.replace(/^Client\./, '')) ? 'refused' : 'believed'
  return status < 400 || aboutTheCall.includes(status) ? 'believed' : 'silent'
}
