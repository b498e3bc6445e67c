// The names of the steps, by loop and in the order of the program. A step's file and program.ts are held against them by the compiler and a test.
import type { LoopKind } from './loop.ts'

export const stepNames = {
  cluster: [
    'read-cluster',
    'read-configmaps',
    'read-declarations',
    'resolve-egress',
    'enable-features',
    'register-provider',
    'install-extension',
    'configure-flux',
    'report-invalid-tags',
  ],
  target: ['read-target', 'open-firewall', 'rotate-keys'],
  identity: [
    'ensure-identity',
    'federate-identity',
    'bind-identity',
    'assign-roles',
    'admit-app',
    'write-service-accounts',
    'write-cluster-roles',
  ],
  connection: ['check-consent', 'store-secret', 'write-resources', 'write-shapes', 'prove-access', 'publish-status'],
} as const satisfies Readonly<Record<LoopKind, readonly string[]>>

export type StepName<K extends LoopKind = LoopKind> = (typeof stepNames)[K][number]

const all: ReadonlySet<string> = new Set(Object.values(stepNames).flat())
export const isStepName = (text: string): text is StepName => all.has(text)
