import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MantineProvider } from '@mantine/core'
import { ModalsProvider } from '@mantine/modals'
import { QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { createQueryClient } from '@/lib/api/query-client'
import { theme } from '@/lib/theme'
import { App } from '@/routes/App'
import { createAppRouter } from '@/routes/router'
// Loaded ahead of time: the first test of a file would wait for its page's chunk.
import '@/routes/AccountPage'
import '@/routes/AuditPage'
import '@/routes/DataPage'
import '@/routes/DatasetPage'
import '@/routes/DatasetsPage'
import '@/routes/DestinationsPage'
import '@/routes/ExportPage'
import '@/routes/HistoryPage'
import '@/routes/NewExportPage'
import '@/routes/NewSchedulePage'
import '@/routes/NoticePage'
import '@/routes/NoticesPage'
import '@/routes/OutgoingPage'
import '@/routes/PoliciesPage'
import '@/routes/PolicyPage'
import '@/routes/RowsPage'
import '@/routes/SchedulePage'
import '@/routes/SchedulesPage'
import '@/routes/SetupPage'
import '@/routes/SignInPage'
import '@/routes/SignedInPage'
import '@/routes/UserPage'
import '@/routes/UsersPage'

function testQueryClient() {
  const client = createQueryClient()
  client.setDefaultOptions({ queries: { retry: false, staleTime: 0, networkMode: 'always' } })
  return client
}

/** The whole application at an address. */
export function renderApp(path: string) {
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }))
  const view = render(<App router={router} queryClient={testQueryClient()} />)
  return { ...view, router, user: userEvent.setup() }
}

interface WrapperProps {
  children: ReactNode
}

/** What parts need around them when they stand alone; no router. */
export function createWrapper() {
  const client = testQueryClient()
  return function Wrapper({ children }: WrapperProps) {
    return (
      <MantineProvider theme={theme} env="test">
        <QueryClientProvider client={client}>
          <ModalsProvider>{children}</ModalsProvider>
        </QueryClientProvider>
      </MantineProvider>
    )
  }
}

export function renderPart(part: ReactNode) {
  return { ...render(part, { wrapper: createWrapper() }), user: userEvent.setup() }
}
