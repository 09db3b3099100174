import { readFileSync } from 'node:fs'
import type { ServiceModel } from './model.ts'

/** Reads a generated model, `src/gen/<name>.json`; each call reads it again. */
export function loadModel(name: 'cloudtrail' | 'iam' | 'sts'): ServiceModel {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'))
}
