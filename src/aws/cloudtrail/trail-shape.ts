import type { Trail as TrailShape, UpdateTrailResponse } from '../../gen/cloudtrail-types.ts'
import type { Principal, RecordedResource } from '../../operation.ts'
import type { Trail } from '../../trails/contract.ts'
import { arnOf } from '../../trails/names.ts'

type Caller = Principal & { region: string }

/** The settings as CreateTrail and UpdateTrail answer them; what is not set is left out. */
export function settingsShape(trail: Trail): UpdateTrailResponse {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    S3KeyPrefix: trail.prefix || undefined,
    IncludeGlobalServiceEvents: trail.includeGlobalServiceEvents,
    IsMultiRegionTrail: trail.isMultiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.logFileValidation,
    IsOrganizationTrail: false,
    RecursiveLogging: trail.recursiveLogging,
  }
}

/** A trail as GetTrail and DescribeTrails show it. */
export function trailShape(trail: Trail): TrailShape {
  return {
    ...settingsShape(trail),
    HomeRegion: trail.homeRegion,
    HasCustomEventSelectors: trail.selectors.isCustom,
    HasInsightSelectors: trail.insightSelectors.length > 0,
  }
}

/** What a policy is asked about and what is recorded of a call on one trail, by the member that names it. */
export function onTrail<In>(nameOf: (input: In) => string | undefined) {
  const arns = (input: In, caller: Caller) => {
    const name = nameOf(input)
    return name === undefined ? [] : [arnOf(name, caller)]
  }
  return {
    resources: arns,
    recorded: (input: In, _: unknown, caller: Caller): RecordedResource[] =>
      arns(input, caller).map((arn) => trailResource(arn, caller)),
  }
}

/** A trail in the `resources` of a record. */
export function trailResource(ARN: string, { accountId }: Caller): RecordedResource {
  return { ARN, accountId, type: 'AWS::CloudTrail::Trail' }
}
