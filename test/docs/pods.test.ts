// docs/use-it-in-your-pod.md names what the product writes, and its manifests can be applied.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { manifestOf } from '../../src/kubernetes/manifest.ts'
import { auths } from '../../src/model/auth.ts'
import { secretName, serviceAccountName, statusPublisher } from '../../src/model/names.ts'
import { secret as secretOf } from '../../src/model/secret.ts'
import { targetOf } from '../../src/targets/catalogue.ts'

const page = readFileSync('docs/use-it-in-your-pod.md', 'utf8')
const clientId = '0d0c5b1e-0000-4000-8000-00000000000a'
const yaml = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']): unknown => parse(text))

const podSpec = z.object({
  serviceAccountName: z.string(),
  containers: z.array(z.object({ image: z.string(), envFrom: z.array(z.object({ secretRef: z.object({ name: z.string() }) })) })),
})
const workload = z.object({
  apiVersion: z.enum(['apps/v1', 'batch/v1']),
  kind: z.enum(['Deployment', 'Job']),
  metadata: z.object({ namespace: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.object({ template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }), spec: podSpec }) }),
})
const workloads = yaml.flatMap((document) => {
  const { data } = workload.safeParse(document)
  return data ? [data] : []
})

describe('docs/use-it-in-your-pod.md', () => {
  it('has a Deployment and a Job among its YAML', () => {
    expect(yaml).toHaveLength(7)
    expect(workloads.map(({ kind }) => kind)).toEqual(['Deployment', 'Job'])
  })

  it.each(workloads.map((one) => [one.kind, one.spec.template] as const))(
    'names Secret and ServiceAccount of the connection: %s',
    (_, template) => {
      expect(template.spec.serviceAccountName).toBe(serviceAccountName(clientId))
      expect(template.spec.containers[0]?.envFrom).toEqual([{ secretRef: { name: secretName('invoices') } }])
    },
  )

  it.each(workloads.map((one) => [one.kind, one.spec.template] as const))('puts the label of the webhook on the pod: %s', (_, template) => {
    expect(template.metadata.labels['azure.workload.identity/use']).toBe('true')
  })

  it('names the ConfigMap of the namespace', () => expect(page).toContain(`kubectl get configmap ${statusPublisher.name} `))

  it('names every key that a blob connection can have, and no other', () => {
    const target = targetOf('storage-blob')
    const written = auths.flatMap((auth) => [...(target?.keys(auth, 'none') ?? [])])
    const named = page.match(/AZURE_STORAGEBLOB_[A-Z]+/g) ?? []
    expect([...new Set(named)].sort()).toEqual([...new Set(written)].sort())
    const spring = page.match(/`spring\.cloud\.azure[a-z.-]+`/g) ?? []
    expect(target?.keys('secret', 'springBoot')).toEqual(expect.arrayContaining(spring.map((name) => name.replaceAll('`', ''))))
  })

  it('names the annotation that the app puts on Secrets', () => {
    const { metadata } = manifestOf(
      { kind: 'Secret', name: 'sc-invoices-secret', namespace: 'orders', labels: {}, annotations: {}, data: secretOf({}) },
      'main',
      'owner',
    ).reveal()
    const [, name = ''] = /puts the annotation `([^`:]+): "true"`/.exec(page) ?? []
    expect(metadata.annotations[name]).toBe('true')
  })
})
