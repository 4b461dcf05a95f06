// Pages few people open stand in a second file, fetched with the first of them.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../lib/api';
import { t } from '../lib/messages';
import { ErrorNote, H1, Loading } from './bits';
import type { PageView } from './shell';

export function later<K extends string>(load: () => Promise<Record<K, PageView>>): (name: K) => PageView {
  let held: Record<K, PageView> | null = null;
  return (name) => function Later(props) {
    const [pages, setPages] = useState(held);
    const [error, setError] = useState<unknown>(null);
    const fetch = () => { setError(null); load().then((found) => { held = found; setPages(found); }, () => setError(new ApiError(0, 'net.lost'))); };
    useEffect(() => { if (!pages) fetch(); }, []);
    const View: PageView | undefined = pages?.[name];
    if (View) return <View {...props} />;
    return <><H1>{t(props.at.row.title)}</H1>{error ? <ErrorNote error={error} retry={fetch} /> : <Loading />}</>;
  };
}
