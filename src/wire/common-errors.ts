import type { ApiError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { WireError } from './codec.ts'
import { ownValue } from './own-value.ts'
import { s3Statuses } from './s3-errors.ts'

type Form = readonly [code: string, status: number]

/** AWS's name and HTTP status of one error, by protocol. */
type Forms = Readonly<{
  json: Form
  /** awsQuery; and, with JSON's name, the status in restJson. */
  query: Form
  /** restXml: S3's. */
  s3: Form
}>

const everywhere = (code: string, status: number): Forms => {
  return { json: [code, status], query: [code, status], s3: [code, status] }
}

/**
 * Errors that any call may meet, under our one name for each.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const commonErrors: Readonly<Record<string, Forms>> = {
  AccessDenied: {
    json: ['AccessDeniedException', 400],
    query: ['AccessDenied', 403],
    s3: ['AccessDenied', 403],
  },
  MissingAuthenticationToken: {
    json: ['MissingAuthenticationTokenException', 400],
    query: ['MissingAuthenticationToken', 403],
    s3: ['AccessDenied', 403],
  },
  IncompleteSignature: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['AuthorizationHeaderMalformed', 400],
  },
  InvalidClientTokenId: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    s3: ['InvalidAccessKeyId', 403],
  },
  SignatureDoesNotMatch: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['SignatureDoesNotMatch', 403],
  },
  RequestExpired: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['RequestTimeTooSkewed', 403],
  },
  ExpiredToken: {
    json: ['ExpiredTokenException', 400],
    query: ['ExpiredToken', 403],
    s3: ['ExpiredToken', 400],
  },
  ValidationException: {
    json: ['ValidationException', 400],
    query: ['ValidationError', 400],
    s3: ['InvalidArgument', 400],
  },
  SerializationException: {
    json: ['SerializationException', 400],
    query: ['MalformedInput', 400],
    s3: ['InvalidArgument', 400],
  },
  MalformedInput: {
    json: ['SerializationException', 400],
    query: ['MalformedInput', 400],
    s3: ['InvalidArgument', 400],
  },
  MalformedXML: {
    json: ['SerializationException', 400],
    query: ['MalformedInput', 400],
    s3: ['MalformedXML', 400],
  },
  UnknownOperation: {
    json: ['UnknownOperationException', 400],
    query: ['InvalidAction', 400],
    s3: ['MethodNotAllowed', 405],
  },
  NotImplemented: everywhere('NotImplemented', 501),
  Conflict: {
    json: ['ConflictException', 409],
    query: ['ConcurrentModification', 409],
    s3: ['OperationAborted', 409],
  },
  RequestEntityTooLarge: {
    json: ['RequestEntityTooLargeException', 413],
    query: ['RequestEntityTooLarge', 413],
    s3: ['EntityTooLarge', 400],
  },
  Throttling: {
    json: ['ThrottlingException', 400],
    query: ['Throttling', 400],
    s3: ['SlowDown', 503],
  },
  ServiceUnavailable: everywhere('ServiceUnavailable', 503),
  InternalFailure: {
    json: ['InternalFailure', 500],
    query: ['InternalFailure', 500],
    s3: ['InternalError', 500],
  },
  XAmzContentSHA256Mismatch: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['XAmzContentSHA256Mismatch', 400],
  },
}

/**
 * The error in the caller's protocol: a code of the service's model, a common one, or, as for
 * IncompleteBody, the same everywhere with status 400.
 */
export function wireError(error: ApiError, model: ServiceModel): WireError {
  const { code, message, details, headers } = error
  const forms = ownValue(commonErrors, code) ?? everywhere(code, 400)
  const [name, status] = ownValue(model.errors, code) ? [code, 400] : formFor(forms, model)
  const known = ownValue(model.errors, name)?.status ?? s3Status(name, model)
  return { code: name, message, status: known ?? status, details, headers }
}

function s3Status(code: string, { signingName }: ServiceModel): number | undefined {
  return signingName === 's3' ? ownValue(s3Statuses, code) : undefined
}

function formFor(forms: Forms, { protocol }: ServiceModel): Form {
  switch (protocol) {
    case 'awsQuery':
      return forms.query
    case 'restXml':
      return forms.s3
    case 'restJson1':
      return [forms.json[0], forms.query[1]]
    default:
      return forms.json
  }
}
