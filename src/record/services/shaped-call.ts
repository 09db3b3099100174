import type { CapturedExchange } from '../captured.ts'
import { lowerFirst, plainMembers, recordedMembers } from '../casing.ts'
import { dataEventOf } from './data-events.ts'
import { ec2Elements, ec2Parameters } from './ec2.ts'
import { recordedErrorCode } from './error-codes.ts'
import { isReadOnly } from './read-only.ts'
import { type Resource, resourcesOf } from './resources.ts'
import { capturedS3Members } from './s3-captured.ts'
import { styleOf } from './styles.ts'

/** The members of a record that its service decides. */
export type ShapedCall = Readonly<{
  eventName: string
  awsRegion: string
  userAgent?: string
  error?: Readonly<{ code: string; message?: string }>
  requestParameters: unknown
  responseElements: unknown
  additionalEventData?: Readonly<Record<string, unknown>>
  readOnly: boolean
  resources?: readonly Resource[]
  apiVersion?: string
  category: 'Management' | 'Data'
}>

/** Reads of STS whose answers are recorded all the same: who got which credentials. */
const answeredReads = /^AssumeRole|^GetSessionToken$/

/** Shapes a call by its service's rules (`capture-and-neighbours.md` A.3); `accountId` is the record's. */
export function shapedCall(exchange: CapturedExchange, accountId: string): ShapedCall {
  const { call, parameters, answer } = exchange
  const readOnly = isReadOnly(call.eventSource, call.operation, parameters.members)
  const event = dataEventOf(call)
  const own = isS3(exchange) ? capturedS3Members(exchange, readOnly, accountId) : members(exchange)
  const hasElements =
    !readOnly || (service(exchange) === 'sts' && answeredReads.test(call.operation))
  return {
    eventName: call.eventName,
    awsRegion: call.region,
    userAgent: exchange.http.headers['user-agent'],
    error: answer?.error && {
      code: recordedErrorCode(call, answer),
      message: answer.error.message,
    },
    readOnly,
    apiVersion: apiVersionOf(exchange),
    category: event ? 'Data' : 'Management',
    resources: resourcesOf(exchange, event, accountId),
    ...own,
    responseElements: hasElements && !answer?.error ? own.responseElements : null,
  }
}

function service({ call }: CapturedExchange): string {
  return call.eventSource.split('.')[0]!
}

function isS3(exchange: CapturedExchange): boolean {
  return service(exchange) === 's3'
}

function members(
  exchange: CapturedExchange,
): Pick<ShapedCall, 'requestParameters' | 'responseElements'> {
  const { call, parameters, answer } = exchange
  if (call.eventSource === 'ec2.amazonaws.com' && call.model) {
    return { requestParameters: ec2Parameters(exchange), responseElements: ec2Elements(exchange) }
  }
  return {
    requestParameters: shown(exchange, parameters.members, 'input'),
    responseElements: answered(exchange, shown(exchange, answer?.members, 'output')),
  }
}

function shown(
  exchange: CapturedExchange,
  value: Readonly<Record<string, unknown>> | undefined,
  of: 'input' | 'output',
): Record<string, unknown> | null {
  const { model, operation, signingName } = exchange.call
  if (!value) return null
  const shape = model?.operations[operation]?.[of]
  if (!model || shape === undefined || !model.shapes[shape]) return plainMembers(value)
  const described = { shapes: model.shapes, signingName }
  return recordedMembers(value, shape, described, service(exchange))
}

/** What of an answer is shown, and where. */
function answered(
  exchange: CapturedExchange,
  elements: Record<string, unknown> | null,
): Record<string, unknown> | null {
  const { unwrapped, answers } = styleOf(service(exchange))
  const only = answers?.[exchange.call.operation]
  if (only && elements) {
    return Object.fromEntries(
      Object.entries(only).map(([name, as]) => [as, elements[lowerFirst(name)]]),
    )
  }
  return unwrapped && elements ? withoutWrapper(elements) : elements
}

/** RDS: the members of the only member. */
function withoutWrapper(elements: Record<string, unknown>): Record<string, unknown> {
  const all = Object.values(elements)
  const [only] = all
  const isWrapper = all.length === 1 && typeof only === 'object' && !Array.isArray(only)
  return isWrapper ? (only as Record<string, unknown>) : elements
}

function apiVersionOf(exchange: CapturedExchange): string | undefined {
  const { apiVersion } = styleOf(service(exchange))
  return apiVersion === 'model' ? exchange.call.model?.apiVersion : apiVersion
}
