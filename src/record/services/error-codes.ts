import type { CapturedAnswer, CapturedCall } from '../captured.ts'

/** Services that say AccessDeniedException and whose records keep it. */
const keptDenials = new Set(['lambda', 'ssm', 'dynamodb', 'kms'])

/**
 * The code as CloudTrail records it (`core.md` 1.8): EC2 says whose fault it was, IAM names the exception,
 * and
 * a denial mostly has no suffix.
 */
export function recordedErrorCode(call: CapturedCall, { error, status }: CapturedAnswer): string {
  const code = error!.code
  const service = call.eventSource.split('.')[0]!
  if (service === 'ec2') return `${status >= 500 ? 'Server' : 'Client'}.${code}`
  if (code === 'AccessDeniedException' && !keptDenials.has(service)) return 'AccessDenied'
  return service === 'iam' ? (call.model?.errors[code]?.name ?? code) : code
}
