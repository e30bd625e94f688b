import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'

export type FormatTrial = Schemas['FormatTrial']
export type SavedFormat = Schemas['FormatRecord']
/** The form's choices are texts, which the service checks. */
type WithTexts<T> = Omit<T, 'kind' | 'default_level'> & { kind: string; default_level?: string | null }
type AnyTest = Schemas['FormatTest']
type AnyFormat = Schemas['FormatBody']
export type FormatTest = WithTexts<AnyTest>
export type FormatBody = WithTexts<AnyFormat>

/** What a load in this format would make of a few lines, or what is wrong with the format. */
export const formatTestQuery = (test: FormatTest) =>
  queryOptions({
    queryKey: ['format-test', test],
    queryFn: ({ signal }) => unwrap(api.POST('/api/v1/formats/test', { body: test as AnyTest, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  })

/** All saved formats, by name. */
export const savedFormatsQuery = () =>
  queryOptions({
    queryKey: ['saved-formats'],
    queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/formats', { signal }))).formats,
  })

const named = (name: string) => ({ params: { path: { name } } })

/** Save a format, or replace the one of this name. */
export const saveFormat = (name: string, format: FormatBody) =>
  unwrap(api.PUT('/api/v1/formats/{name}', { ...named(name), body: format as AnyFormat }))

/** Delete a saved format. What was loaded in it stays. */
export const deleteFormat = (name: string) => unwrap(api.DELETE('/api/v1/formats/{name}', named(name)))
