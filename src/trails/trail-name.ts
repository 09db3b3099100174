import { ApiError } from '../errors.ts'

const lengthMin = 3
const lengthMax = 128

/**
 * Throws InvalidTrailNameException in AWS's words for a name that no trail can have.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
 */
export function checkTrailName(name: string): void {
  const reason = whyNoName(name)
  if (reason) throw new ApiError('InvalidTrailNameException', reason)
}

function whyNoName(name: string): string | undefined {
  const given = `Specified name length: ${name.length} characters.`
  if (name.length < lengthMin) {
    return `Trail name too short. Minimum allowed length: ${lengthMin} characters. ${given}`
  }
  if (name.length > lengthMax) {
    return `Trail name too long. Maximum allowed length: ${lengthMax} characters. ${given}`
  }
  if (!/^[A-Za-z0-9]/.test(name)) return 'Trail name must starts with a letter or number.'
  if (!/[A-Za-z0-9]$/.test(name)) return 'Trail name must ends with a letter or number.'
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    const allowed = 'uppercase letters, lowercase letters, numbers, periods (.), hyphens (-)'
    return `Trail name or ARN can only contain ${allowed}, and underscores (_).`
  }
  if (/[._-]{2}/.test(name)) {
    return 'Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).'
  }
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return 'Trail name cannot look like an IP address.'
  return undefined
}
