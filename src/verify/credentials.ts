import type { AwsCredentials } from '../s3-client/s3-requests.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The caller's AWS key, as the AWS CLI finds it: the AWS_* variables, else the profile in the shared
 * credentials file. Undefined where there is none; keys that need a further call (SSO, roles) are not made.
 */
export function findCredentials(
  env: Env,
  readFile: (path: string) => string | undefined,
): AwsCredentials | undefined {
  const fromEnv = {
    accessKeyId: env['AWS_ACCESS_KEY_ID'],
    secret: env['AWS_SECRET_ACCESS_KEY'],
    sessionToken: env['AWS_SESSION_TOKEN'],
  }
  if (fromEnv.accessKeyId && fromEnv.secret) return fromEnv as AwsCredentials
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] ?? `${env['HOME'] ?? ''}/.aws/credentials`
  const section = profile(readFile(path) ?? '', env['AWS_PROFILE'] ?? 'default')
  const accessKeyId = section.get('aws_access_key_id')
  const secret = section.get('aws_secret_access_key')
  const sessionToken = section.get('aws_session_token')
  return accessKeyId && secret ? { accessKeyId, secret, sessionToken } : undefined
}

/** The settings under `[name]`. */
function profile(text: string, name: string): Map<string, string> {
  const settings = new Map<string, string>()
  let inside = false
  for (const line of text.split('\n')) {
    const title = /^\s*\[([^\]]*)\]/.exec(line)?.[1]
    if (title !== undefined) inside = title.trim() === name
    const setting = /^\s*(\w+)\s*=\s*(\S+)/.exec(line)
    if (inside && setting) settings.set(setting[1]!, setting[2]!)
  }
  return settings
}
