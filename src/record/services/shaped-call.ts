import type { CapturedCall, CapturedExchange, CapturedParameters } from '../captured.ts'
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
  const hasElements = !answer?.error && hasAnswer(call, readOnly)
  const own =
    serviceOf(call) === 's3'
      ? capturedS3Members(exchange, readOnly, accountId)
      : members(exchange, hasElements)
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
    responseElements: hasElements ? own.responseElements : null,
  }
}

/**
 * Whether the record of a call, or what it says of resources, depends on the members of its answer. S3's is
 * made of headers alone.
 */
export function showsAnswer(call: CapturedCall, { members }: CapturedParameters): boolean {
  const service = serviceOf(call)
  if (service === 's3') return false
  // A key's ARN stands in the answer.
  if (service === 'kms') return true
  return hasAnswer(call, isReadOnly(call.eventSource, call.operation, members))
}

function hasAnswer(call: CapturedCall, readOnly: boolean): boolean {
  return !readOnly || (serviceOf(call) === 'sts' && answeredReads.test(call.operation))
}

function serviceOf({ eventSource }: CapturedCall): string {
  return eventSource.split('.', 1)[0]!
}

function members(
  exchange: CapturedExchange,
  hasElements: boolean,
): Pick<ShapedCall, 'requestParameters' | 'responseElements'> {
  const { call, parameters, answer } = exchange
  if (call.eventSource === 'ec2.amazonaws.com' && call.model) {
    return {
      requestParameters: ec2Parameters(exchange),
      responseElements: hasElements ? ec2Elements(exchange) : null,
    }
  }
  return {
    requestParameters: shown(exchange, parameters.members, 'input'),
    responseElements: hasElements
      ? answered(exchange, shown(exchange, answer?.members, 'output'))
      : null,
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
  return recordedMembers(value, shape, described, serviceOf(exchange.call))
}

/** What of an answer is shown, and where. */
function answered(
  exchange: CapturedExchange,
  elements: Record<string, unknown> | null,
): Record<string, unknown> | null {
  const { unwrapped, answers } = styleOf(serviceOf(exchange.call))
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
  const { apiVersion } = styleOf(serviceOf(exchange.call))
  return apiVersion === 'model' ? exchange.call.model?.apiVersion : apiVersion
}
