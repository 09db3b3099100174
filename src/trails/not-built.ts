import { ApiError } from '../errors.ts'
import type { UpdateTrailRequest } from '../gen/cloudtrail-types.ts'

/**
 * Refuses settings that ask for a service there is none of yet: they are never kept and ignored. An empty
 * text asks to clear what cannot be set, and passes.
 *
 * Throws InvalidSnsTopicNameException, InsufficientSnsTopicPolicyException, KmsKeyNotFoundException,
 * InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException and
 * OrganizationsNotInUseException.
 */
export function refuseNotBuilt(wanted: Omit<UpdateTrailRequest, 'Name'>): void {
  const { SnsTopicName, KmsKeyId, IsOrganizationTrail } = wanted
  if (SnsTopicName) refuseTopic(SnsTopicName)
  if (KmsKeyId) {
    const reason = `KMS key ${KmsKeyId} does not exist: keys are not built yet.`
    throw new ApiError('KmsKeyNotFoundException', reason)
  }
  refuseLogGroup(wanted)
  if (IsOrganizationTrail) {
    const reason = 'This account is not part of an organization: organizations are not built yet.'
    throw new ApiError('OrganizationsNotInUseException', reason)
  }
}

function refuseTopic(nameOrArn: string): never {
  if (!/^(arn:aws:sns:[a-z0-9-]+:\d{12}:)?[\w-]{1,256}$/.test(nameOrArn)) {
    const reason = 'A topic has 1 to 256 letters, numbers, underscores and hyphens, or an ARN.'
    throw new ApiError('InvalidSnsTopicNameException', reason)
  }
  const known = 'SNS Topic does not exist or the topic policy is incorrect!'
  throw new ApiError('InsufficientSnsTopicPolicyException', `${known} Topics are not built yet.`)
}

/** Terraform tries again for minutes when it reads "Access denied." here: that is not said. */
function refuseLogGroup({
  CloudWatchLogsLogGroupArn: group,
  CloudWatchLogsRoleArn: role,
}: Omit<UpdateTrailRequest, 'Name'>): void {
  if (group) {
    throw new ApiError(
      'InvalidCloudWatchLogsLogGroupArnException',
      `Log group ${group} does not exist: CloudWatch Logs is not built yet.`,
    )
  }
  if (role) {
    throw new ApiError(
      'InvalidCloudWatchLogsRoleArnException',
      'A role for CloudWatch Logs needs a log group, and CloudWatch Logs is not built yet.',
    )
  }
}
