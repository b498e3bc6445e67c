import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'
import { describe, expect, it } from 'vitest'
import { appCredential } from '../../src/azure/credential.ts'

describe('how the app signs in', () => {
  it('is its managed identity where Azure runs it, and nothing else', () => {
    expect(appCredential({ IDENTITY_ENDPOINT: 'http://localhost:1' })).toBeInstanceOf(ManagedIdentityCredential)
    expect(appCredential({ IDENTITY_ENDPOINT: 'http://localhost:1', AZURE_CLIENT_ID: 'c' })).toBeInstanceOf(ManagedIdentityCredential)
  })

  it('is the person who is signed in elsewhere', () => {
    expect(appCredential({})).toBeInstanceOf(DefaultAzureCredential)
  })
})
