import type { Protocol } from '../gen/model.ts'
import { awsJson } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import type { Codec } from './codec.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'

/** What speaks each protocol. */
export const codecs: Readonly<Record<Protocol, Codec>> = {
  'awsJson1.0': awsJson,
  'awsJson1.1': awsJson,
  awsQuery,
  restJson1: restJson,
  restXml,
}
