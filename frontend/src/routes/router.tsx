import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router'
import { NotFound } from './NotFound'
import { Root } from './Root'
import { RouteError } from './RouteError'
import { auditSearch, outgoingSearch } from '@/lib/audit'
import { historySearch } from '@/lib/history'
import { loadModule } from '@/lib/modules'
import { rowSearch } from '@/lib/row-search'
import { tableSearch } from '@/lib/table-search'
import { compareSearch, dataSearch, newExportSearch, signInSearch } from './search'

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound })

/** Every screen is a chunk of its own, loaded when somebody goes there. */
const page = <M extends Record<string, unknown>, K extends keyof M & string>(
  load: () => Promise<M>,
  name: K,
) => lazyRouteComponent<M, K>(() => loadModule(load), name)

const routeTree = rootRoute.addChildren([
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/',
    validateSearch: newExportSearch,
    component: page(() => import('./NewExportPage'), 'NewExportPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/exports',
    validateSearch: historySearch,
    component: page(() => import('./HistoryPage'), 'HistoryPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/exports/$exportId',
    component: page(() => import('./ExportPage'), 'ExportPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/exports/$exportId/rows',
    validateSearch: rowSearch,
    component: page(() => import('./RowsPage'), 'RowsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/compare',
    validateSearch: compareSearch,
    component: page(() => import('./ComparePage'), 'ComparePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/data',
    validateSearch: dataSearch,
    component: page(() => import('./DataPage'), 'DataPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/data/rows',
    validateSearch: tableSearch,
    component: page(() => import('./TableRowsPage'), 'TableRowsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/datasets',
    component: page(() => import('./DatasetsPage'), 'DatasetsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/datasets/$name',
    component: page(() => import('./DatasetPage'), 'DatasetPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedules',
    component: page(() => import('./SchedulesPage'), 'SchedulesPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedules/new',
    validateSearch: newExportSearch,
    component: page(() => import('./NewSchedulePage'), 'NewSchedulePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedules/$scheduleId',
    component: page(() => import('./SchedulePage'), 'SchedulePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/destinations',
    component: page(() => import('./DestinationsPage'), 'DestinationsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/notices',
    component: page(() => import('./NoticesPage'), 'NoticesPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/notices/$noticeId',
    component: page(() => import('./NoticePage'), 'NoticePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/sign-in',
    validateSearch: signInSearch,
    component: page(() => import('./SignInPage'), 'SignInPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/setup',
    component: page(() => import('./SetupPage'), 'SetupPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/signed-in',
    component: page(() => import('./SignedInPage'), 'SignedInPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/policies',
    component: page(() => import('./PoliciesPage'), 'PoliciesPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/policies/$policyId',
    component: page(() => import('./PolicyPage'), 'PolicyPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/account',
    component: page(() => import('./AccountPage'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/users',
    component: page(() => import('./UsersPage'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/users/$userId',
    component: page(() => import('./UserPage'), 'UserPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/audit',
    validateSearch: auditSearch,
    component: page(() => import('./AuditPage'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/audit/outgoing',
    validateSearch: outgoingSearch,
    component: page(() => import('./OutgoingPage'), 'OutgoingPage'),
  }),
])

export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    history,
    defaultPreload: 'intent',
    defaultErrorComponent: RouteError,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
