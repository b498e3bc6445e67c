// The same behaviours that the simulated API server claims, asked of a real one.
import { describe } from 'vitest'
import { behaviours } from '../local/cloud/kubernetes/behaviours.ts'
import { target } from './target.ts'

describe('a real API server', () => behaviours(() => target))
