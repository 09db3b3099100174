import { ownValue } from '../wire/own-value.ts'
import { localName, type XmlElement } from '../wire/xml.ts'
import type { AnswerBody } from './answer.ts'
import type { Answer, Recognised } from './contract.ts'
import type { Headers } from './headers.ts'

type AnswerError = NonNullable<Answer['error']>

/** Of answers that have no body, as those to HEAD. */
const codesOfStatus: Readonly<Record<string, string>> = {
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}

/** S3 answers HEAD without a code; a GET would have had these. */
const codesOfHead: Readonly<Record<string, string>> = {
  HeadBucket: 'NoSuchBucket',
  HeadObject: 'NoSuchKey',
}

/**
 * The error in an answer: by header, by JSON's or CBOR's `__type`, by XML's `<Code>`, and by status where
 * there is none of these. S3 may say 200 and still fail. Undefined for an answer without one.
 */
export function readError(
  { operation }: Recognised,
  status: number,
  headers: Headers,
  { xml, members }: AnswerBody,
): AnswerError | undefined {
  const inXml = xml && errorElement(xml)
  if (status < 400 && !inXml) return undefined
  const found = inXml ? fromXml(inXml) : fromMembers(headers, members)
  const missing = status === 404 ? ownValue(codesOfHead, operation) : undefined
  const code =
    wireCode(found.code) ?? missing ?? ownValue(codesOfStatus, String(status)) ?? `Http${status}`
  return { code, ...(found.message !== undefined && { message: found.message }) }
}

type Found = Readonly<{ code?: string | undefined; message?: string | undefined }>

/** S3's is the root, Query's and EC2's are below theirs. */
function errorElement(root: XmlElement): XmlElement | undefined {
  const name = localName(root)
  if (name === 'Error') return root
  if (name === 'ErrorResponse') return child(root, 'Error')
  const errors = name === 'Response' ? child(root, 'Errors') : undefined
  return errors && child(errors, 'Error')
}

function fromXml(error: XmlElement): Found {
  return { code: child(error, 'Code')?.text.trim(), message: child(error, 'Message')?.text }
}

function child({ children }: XmlElement, name: string): XmlElement | undefined {
  return children.find((one) => localName(one) === name)
}

function fromMembers(headers: Headers, members: AnswerBody['members'] = {}): Found {
  const first = (...names: string[]) => {
    const values = names.map((name) => ownValue(members, name))
    return values.find((value) => typeof value === 'string')
  }
  return {
    code: headers['x-amzn-errortype'] ?? first('__type', 'code', 'Code') ?? oldCode(headers),
    message: first('message', 'Message', 'errorMessage'),
  }
}

/** Of services that spoke awsQuery once: `AWS.SimpleQueueService.NonExistentQueue;Sender`. */
function oldCode(headers: Headers): string | undefined {
  return headers['x-amzn-query-error']?.split(';')[0]
}

/** `com.amazonaws.sqs#QueueDoesNotExist:http://…` without what stands around it. */
function wireCode(text: string | undefined): string | undefined {
  const code = text?.slice(text.lastIndexOf('#', 256) + 1).split(':')[0]
  return code !== undefined && /^[\w.-]{1,128}$/.test(code) ? code : undefined
}
