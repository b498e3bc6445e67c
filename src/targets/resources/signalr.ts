// A SignalR Service; signalr-service.ts says what is surprising.
import { signalRService } from './signalr-service.ts'

export const signalR = signalRService({
  type: 'signalr',
  armName: 'SignalR',
  label: 'SignalR Service',
  cli: 'signalr',
  requests: 'ServerConnection',
  notes: [],
})
