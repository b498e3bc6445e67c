// Starts the one real API server that all tests of `npm run test:kube` share, or says why there is none.
import type { TestProject } from 'vitest/node'
import { type RealServer, startKubeApiServer } from './kube-apiserver.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    readonly kubeApiServer: RealServer
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  if (!assets)
    throw new Error(
      'These tests need a real Kubernetes API server: set KUBEBUILDER_ASSETS to a folder that holds etcd and kube-apiserver (`setup-envtest use -p path` prints one).',
    )
  const { stop, ...server } = await startKubeApiServer(assets)
  project.provide('kubeApiServer', server)
  return stop
}
