import type { Operation } from '../../operation.ts'
import { AddTags } from './AddTags.ts'
import { CreateTrail } from './CreateTrail.ts'
import { DeleteTrail } from './DeleteTrail.ts'
import { DescribeTrails } from './DescribeTrails.ts'
import { GetEventSelectors } from './GetEventSelectors.ts'
import { GetInsightSelectors } from './GetInsightSelectors.ts'
import { GetTrail } from './GetTrail.ts'
import { GetTrailStatus } from './GetTrailStatus.ts'
import { ListPublicKeys } from './ListPublicKeys.ts'
import { ListTags } from './ListTags.ts'
import { ListTrails } from './ListTrails.ts'
import { LookupEvents } from './LookupEvents.ts'
import { PutEventSelectors } from './PutEventSelectors.ts'
import { PutInsightSelectors } from './PutInsightSelectors.ts'
import { RemoveTags } from './RemoveTags.ts'
import { StartLogging } from './StartLogging.ts'
import { StopLogging } from './StopLogging.ts'
import { UpdateTrail } from './UpdateTrail.ts'

/** The operations of CloudTrail that are built; the model names the others, which are refused. */
export const cloudtrailOperations: Readonly<Record<string, Operation>> = {
  AddTags,
  CreateTrail,
  DeleteTrail,
  DescribeTrails,
  GetEventSelectors,
  GetInsightSelectors,
  GetTrail,
  GetTrailStatus,
  ListPublicKeys,
  ListTags,
  ListTrails,
  LookupEvents,
  PutEventSelectors,
  PutInsightSelectors,
  RemoveTags,
  StartLogging,
  StopLogging,
  UpdateTrail,
}
