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
import { rowSearch } from '@/lib/row-search'
import { tableSearch } from '@/lib/table-search'
import { compareSearch, dataSearch, newExportSearch, signInSearch } from './search'

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound })

/** Every screen is a chunk of its own, loaded when somebody goes there. */
const routeTree = rootRoute.addChildren([
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/',
    validateSearch: newExportSearch,
    component: lazyRouteComponent(() => import('./NewExportPage'), 'NewExportPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/exports',
    validateSearch: historySearch,
    component: lazyRouteComponent(() => import('./HistoryPage'), 'HistoryPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/exports/$exportId',
    component: lazyRouteComponent(() => import('./ExportPage'), 'ExportPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/exports/$exportId/rows',
    validateSearch: rowSearch,
    component: lazyRouteComponent(() => import('./RowsPage'), 'RowsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/compare',
    validateSearch: compareSearch,
    component: lazyRouteComponent(() => import('./ComparePage'), 'ComparePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/data',
    validateSearch: dataSearch,
    component: lazyRouteComponent(() => import('./DataPage'), 'DataPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/data/rows',
    validateSearch: tableSearch,
    component: lazyRouteComponent(() => import('./TableRowsPage'), 'TableRowsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/datasets',
    component: lazyRouteComponent(() => import('./DatasetsPage'), 'DatasetsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/datasets/$name',
    component: lazyRouteComponent(() => import('./DatasetPage'), 'DatasetPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedules',
    component: lazyRouteComponent(() => import('./SchedulesPage'), 'SchedulesPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedules/new',
    validateSearch: newExportSearch,
    component: lazyRouteComponent(() => import('./NewSchedulePage'), 'NewSchedulePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedules/$scheduleId',
    component: lazyRouteComponent(() => import('./SchedulePage'), 'SchedulePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/destinations',
    component: lazyRouteComponent(() => import('./DestinationsPage'), 'DestinationsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/notices',
    component: lazyRouteComponent(() => import('./NoticesPage'), 'NoticesPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/notices/$noticeId',
    component: lazyRouteComponent(() => import('./NoticePage'), 'NoticePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/sign-in',
    validateSearch: signInSearch,
    component: lazyRouteComponent(() => import('./SignInPage'), 'SignInPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/setup',
    component: lazyRouteComponent(() => import('./SetupPage'), 'SetupPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/signed-in',
    component: lazyRouteComponent(() => import('./SignedInPage'), 'SignedInPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/policies',
    component: lazyRouteComponent(() => import('./PoliciesPage'), 'PoliciesPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/policies/$policyId',
    component: lazyRouteComponent(() => import('./PolicyPage'), 'PolicyPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/account',
    component: lazyRouteComponent(() => import('./AccountPage'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/users',
    component: lazyRouteComponent(() => import('./UsersPage'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/users/$userId',
    component: lazyRouteComponent(() => import('./UserPage'), 'UserPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/audit',
    validateSearch: auditSearch,
    component: lazyRouteComponent(() => import('./AuditPage'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/audit/outgoing',
    validateSearch: outgoingSearch,
    component: lazyRouteComponent(() => import('./OutgoingPage'), 'OutgoingPage'),
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
