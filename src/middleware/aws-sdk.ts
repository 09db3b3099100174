import type { Audit } from './audit.ts'
import type { AuditUser } from './event.ts'
import { allowed } from './redact.ts'

type Arguments = { input: object }
type Output = { output: unknown; response: unknown }
type Handler = (args: Arguments) => Promise<Output>
type Context = { clientName?: string; commandName?: string }

/** What is used of an AWS SDK v3 client. */
export type SdkClient = {
  middlewareStack: {
    add(
      middleware: (next: any, context: any) => (args: any) => Promise<any>,
      options: { step: 'initialize'; name: string; override: boolean },
    ): void
  }
}

export type SdkOptions = Readonly<{
  /** `s3.amazonaws.com`, say: the calls' `eventSource`. Default: the audit's. */
  eventSource?: string
  user?: () => AuditUser | undefined
  /** Names of input members that are recorded. Default: none. */
  params?: readonly string[]
}>

const reading = /^(Get|List|Describe|Head|Lookup|Search|BatchGet|Query|Scan|Check|Select|View)/

/**
 * Records each call of an AWS SDK v3 client, once whatever its attempts. The caller vouches for such events
 * itself, so they say `capturedBy: sdk-middleware`: they are no evidence against whoever writes the program.
 */
export function auditClient(client: SdkClient, audit: Audit, options: SdkOptions = {}): void {
  const middleware = (next: Handler, context: Context) => async (args: Arguments) => {
    audit.admit()
    const command = context.commandName?.replace(/Command$/, '') ?? 'Unknown'
    const tell = (metadata: Metadata | undefined, error?: unknown) => {
      let user: AuditUser | undefined
      let callbackError: string | undefined
      try {
        user = options.user?.()
      } catch (thrown) {
        callbackError = String(thrown)
      }
      const event = {
        eventName: command,
        eventSource: options.eventSource,
        readOnly: reading.test(command),
        user,
        params: allowed({ ...args.input }, options.params ?? []),
        error,
        additionalEventData: {
          capturedBy: 'sdk-middleware',
          clientName: context.clientName,
          awsRequestId: metadata?.requestId,
          attempts: metadata?.attempts,
          callbackError,
        },
      }
      void audit.record(event).catch(() => undefined)
    }
    try {
      const result = await next(args)
      tell((result.output as { $metadata?: Metadata }).$metadata)
      return result
    } catch (error) {
      tell((error as { $metadata?: Metadata }).$metadata, error)
      throw error
    }
  }
  client.middlewareStack.add(middleware, {
    step: 'initialize',
    name: 'contrailAudit',
    override: true,
  })
}

type Metadata = { requestId?: string; attempts?: number }
