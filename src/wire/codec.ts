import type { OperationModel, ServiceModel } from '../gen/model.ts'

export type Answer = Readonly<{
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}>

/** One protocol: bytes to the model's members and back. Timestamps are Date, blobs Buffer. */
export interface Codec {
  /** Throws ApiError when the body is not of the protocol's form or a member has the wrong type. */
  parse(body: Buffer, operation: OperationModel, model: ServiceModel): Record<string, unknown>
  answer(
    output: Readonly<Record<string, unknown>>,
    operation: OperationModel,
    model: ServiceModel,
    requestId: string,
    name: string,
  ): Answer
  refuse(error: WireError, model: ServiceModel, requestId: string): Answer
}

/** An error as the caller sees it. */
export type WireError = Readonly<{ code: string; message: string; status: number }>
