import { replacement } from '../record/redact.ts'
import type { Audit } from './audit.ts'
import type { AuditEvent, AuditUser } from './event.ts'
import { allowed, isSecretName, redacted } from './redact.ts'

type Members = Readonly<Record<string, unknown>>
type Metadata = Readonly<{ requestId?: string; attempts?: number; httpStatusCode?: number }>
type Output = { output: Members & { $metadata?: Metadata; presigned?: unknown } }
type Handler = (args: { input: object }) => Promise<Output>
/** What the SDK tells its middleware; the filters hide what the service's model says is secret. */
type Context = {
  clientName?: string
  commandName?: string
  inputFilterSensitiveLog?: (input: object) => Members
  outputFilterSensitiveLog?: (output: object) => Members
}

/** What is used of an AWS SDK v3 client. */
export type SdkClient = {
  config: object
  middlewareStack: {
    add(
      middleware: (next: any, context: any) => (args: any) => Promise<any>,
      options: { step: 'initialize'; name: string; override: boolean },
    ): void
  }
}

export type SdkOptions = Readonly<{
  /** `s3.amazonaws.com`, say: the calls' `eventSource`. Default: the service's, by its signing name. */
  eventSource?: string
  user?: () => AuditUser | undefined
  /** Names of input members that are recorded. Default: all, with secrets and contents hidden. */
  params?: readonly string[]
}>

/** What is used of a client's configuration; all of it is the SDK's own. */
type Config = { defaultSigningName?: string; region?: string | (() => Promise<string>) }
type Call = Readonly<{
  context: Context
  input: object
  options: SdkOptions
  service: string | undefined
  region: string | undefined
}>
type Outcome = Readonly<{ output?: Members; metadata?: Metadata; error?: unknown }>

const reading = /^(Get|List|Describe|Head|Lookup|Search|BatchGet|Query|Scan|Check|Select|View)/

/**
 * Records each call of an AWS SDK v3 client, once whatever its attempts. The caller vouches for such events
 * itself, so they say `capturedBy: sdk-middleware`: they are no evidence against whoever writes the program.
 * Addresses that are only presigned are no calls, and not recorded.
 */
export function auditClient(client: SdkClient, audit: Audit, options: SdkOptions = {}): void {
  const config: Config = client.config
  const service = config.defaultSigningName
  const middleware = (next: Handler, context: Context) => async (args: { input: object }) => {
    audit.admit()
    const call = { context, input: args.input, options, service, region: await regionOf(config) }
    // At once, so that an audit closed after the call has it.
    const tell = (outcome: Outcome) => {
      void audit.record(eventOf(call, outcome)).catch(() => undefined)
    }
    try {
      const result = await next(args)
      const { $metadata: metadata, ...output } = result.output
      if (output.presigned === undefined) tell({ output, metadata })
      return result
    } catch (error) {
      tell({ error, metadata: (error as { $metadata?: Metadata } | undefined)?.$metadata })
      throw error
    }
  }
  client.middlewareStack.add(middleware, {
    step: 'initialize',
    name: 'contrailAudit',
    override: true,
  })
}

/** Never throws: what cannot be told is named in the event that lacks it. */
function eventOf(call: Call, { output, metadata, error }: Outcome): AuditEvent {
  const { context, options, service, region } = call
  const eventName = context.commandName?.replace(/Command$/, '') ?? 'Unknown'
  const readOnly = reading.test(eventName)
  let told: { user?: AuditUser; params?: Members; result?: Members } = {}
  let callbackError: string | undefined
  try {
    const { user } = options
    const { inputFilterSensitiveLog: inputFilter, outputFilterSensitiveLog: outputFilter } = context
    const input = { ...(inputFilter?.(call.input) ?? call.input) }
    const params = shown(options.params ? allowed(input, options.params) : input, service)
    told = { params }
    if (output && !readOnly) told.result = shown(outputFilter?.(output) ?? output, service)
    told = { ...told, user: user?.() }
  } catch (thrown) {
    callbackError = String(thrown)
  }
  return {
    eventName,
    eventSource: options.eventSource ?? (service && `${service}.amazonaws.com`),
    region,
    readOnly,
    ...told,
    error,
    additionalEventData: {
      capturedBy: 'sdk-middleware',
      clientName: context.clientName,
      awsRequestId: metadata?.requestId,
      statusCode: metadata?.httpStatusCode,
      attempts: metadata?.attempts,
      callbackError,
    },
  }
}

/** Members without what CloudTrail hides, or is secret by its name. */
function shown(members: Members | undefined, service = ''): Members | undefined {
  const isHidden = (name: string) =>
    name === 'Body' || isSecretName(name) || replacement(service, name, false) !== undefined
  return redacted(members, isHidden) as Members | undefined
}

async function regionOf({ region }: Config): Promise<string | undefined> {
  try {
    return typeof region === 'function' ? await region() : region
  } catch {
    return undefined
  }
}
