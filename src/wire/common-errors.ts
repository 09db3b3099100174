import type { ApiError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { WireError } from './codec.ts'

type Form = readonly [code: string, status: number]

/**
 * Errors that any call may meet: our one name for each, and AWS's name and HTTP status in JSON and in
 * query protocols (`core.md` 8.4, IAM's common errors).
 */
const commonErrors: Readonly<Record<string, { json: Form; query: Form }>> = {
  AccessDenied: { json: ['AccessDeniedException', 400], query: ['AccessDenied', 403] },
  MissingAuthenticationToken: {
    json: ['MissingAuthenticationTokenException', 400],
    query: ['MissingAuthenticationToken', 403],
  },
  IncompleteSignature: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
  },
  InvalidClientTokenId: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
  },
  SignatureDoesNotMatch: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
  },
  RequestExpired: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
  },
  ExpiredToken: { json: ['ExpiredTokenException', 400], query: ['ExpiredToken', 403] },
  ValidationException: { json: ['ValidationException', 400], query: ['ValidationError', 400] },
  SerializationException: { json: ['SerializationException', 400], query: ['MalformedInput', 400] },
  MalformedInput: { json: ['SerializationException', 400], query: ['MalformedInput', 400] },
  UnknownOperation: { json: ['UnknownOperationException', 400], query: ['InvalidAction', 400] },
  NotImplemented: { json: ['NotImplemented', 501], query: ['NotImplemented', 501] },
  ConflictException: { json: ['ConflictException', 409], query: ['ConcurrentModification', 409] },
  RequestEntityTooLarge: {
    json: ['RequestEntityTooLargeException', 413],
    query: ['RequestEntityTooLarge', 413],
  },
  RequestTimeout: { json: ['RequestTimeoutException', 408], query: ['RequestTimeout', 408] },
  Throttling: { json: ['ThrottlingException', 400], query: ['Throttling', 400] },
  ServiceUnavailable: { json: ['ServiceUnavailable', 503], query: ['ServiceUnavailable', 503] },
  InternalFailure: { json: ['InternalFailure', 500], query: ['InternalFailure', 500] },
  IncompleteBody: { json: ['IncompleteBody', 400], query: ['IncompleteBody', 400] },
  XAmzContentSHA256Mismatch: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
  },
}

/** The error in the caller's protocol: a code of the service's model, a common one, or as it is with 400. */
export function wireError({ code, message }: ApiError, model: ServiceModel): WireError {
  const modelled = model.errors[code]
  if (modelled) return { code, message, status: modelled.status }
  const form = commonErrors[code]?.[model.protocol.startsWith('awsJson') ? 'json' : 'query']
  return { code: form?.[0] ?? code, message, status: form?.[1] ?? 400 }
}
