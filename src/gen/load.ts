import { readFileSync } from 'node:fs'
import type { ServiceModel } from './model.ts'

/** Services that have a generated model. */
export type ModelName = 'cloudtrail' | 'cloudtrail-data' | 'iam' | 's3' | 'sts'

/** Reads a generated model, `src/gen/<name>.json`; each call reads it again. */
export function loadModel(name: ModelName): ServiceModel {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'))
}
