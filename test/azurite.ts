// The Azurite of this run (setup.ts), for a file of stories. Closing lets go of it only.
import { inject } from 'vitest'
import { type AzuriteHandle, joinAzurite } from '../src/local/cloud/storage/azurite.ts'

export const azuriteOfRun = (): AzuriteHandle => joinAzurite(inject('azurite'))
