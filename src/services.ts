import { cloudtrailOperations } from './aws/cloudtrail/service.ts'
import { contrailModel, contrailOperations } from './aws/contrail/service.ts'
import { iamOperations } from './aws/iam/service.ts'
import { s3Operations } from './aws/s3/service.ts'
import { stsOperations } from './aws/sts/service.ts'
import { loadModel } from './gen/load.ts'
import type { ServiceModel } from './gen/model.ts'
import type { Operation } from './operation.ts'

/** A service before it is given what its operations work with. */
export type OperationTable = Readonly<{
  name: string
  model: ServiceModel
  eventSource: string
  /** Its records carry us-east-1 whatever Region was called. */
  global?: boolean
  operations: Readonly<Record<string, Operation>>
}>

/** Every service on the wire. */
export function operationTables(): OperationTable[] {
  return [
    {
      name: 'CloudTrail',
      model: loadModel('cloudtrail'),
      eventSource: 'cloudtrail.amazonaws.com',
      operations: cloudtrailOperations,
    },
    {
      name: 'IAM',
      model: loadModel('iam'),
      eventSource: 'iam.amazonaws.com',
      global: true,
      operations: iamOperations,
    },
    {
      name: 'S3',
      model: loadModel('s3'),
      eventSource: 's3.amazonaws.com',
      operations: s3Operations,
    },
    {
      name: 'STS',
      model: loadModel('sts'),
      eventSource: 'sts.amazonaws.com',
      operations: stsOperations,
    },
    {
      name: 'Contrail',
      model: contrailModel,
      eventSource: 'contrail.internal',
      operations: contrailOperations,
    },
  ]
}
