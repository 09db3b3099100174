import { isUtf8 } from 'node:buffer'
import { ApiError } from '../errors.ts'
import type { OperationModel, ServiceModel } from '../gen/model.ts'

/** A body: held whole, or, where the operation's input has a streaming member, as it comes in. */
export type Body = Buffer | AsyncIterable<Buffer>

/** A request as far as a protocol looks at it. The call's name has been found in it already. */
export type WireRequest = Readonly<{
  body: Body
  /** The raw query, without its question mark. */
  query: string
  /** Parts of the path by the model's names, decoded; REST only. */
  labels: Readonly<Record<string, string>>
  /** Values by lower-case name; what came more than once is joined with commas. */
  headers: Readonly<Record<string, string | undefined>>
}>

export type Answer = Readonly<{
  status: number
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array | AsyncIterable<Uint8Array>
}>

/** An error as the caller sees it. */
export type WireError = Readonly<{
  code: string
  message: string
  status: number
  /** S3's XML shows these too. */
  details: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string>>
}>

/** What a refusal is put together from besides the error. */
export type RefusalContext = Readonly<{
  requestId: string
  /** S3: `/bucket/key`. */
  resource: string
}>

/** What an answer is put together from besides the output. */
export type AnswerContext = Readonly<{ name: string; requestId: string }>

/** One protocol: bytes to the model's members and back. Timestamps are Date, blobs Buffer. */
export interface Codec {
  /**
   * The input by the model: unknown members are left out and null is absent. Throws ApiError when the
   * body is not of the protocol's form or a member has the wrong type.
   */
  parse(
    request: WireRequest,
    operation: OperationModel,
    model: ServiceModel,
  ): Record<string, unknown>
  answer(
    output: Readonly<Record<string, unknown>>,
    operation: OperationModel,
    model: ServiceModel,
    context: AnswerContext,
  ): Answer
  refuse(error: WireError, model: ServiceModel, context: RefusalContext): Answer
}

/** The text of a body that was held whole. Throws ApiError SerializationException for bad UTF-8. */
export function bodyText(body: Body): string {
  if (!Buffer.isBuffer(body)) throw new TypeError('a streaming body has no text')
  if (isUtf8(body)) return body.toString('utf8')
  throw new ApiError('SerializationException', 'The request body is not valid UTF-8.')
}
