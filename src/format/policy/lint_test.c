/*
 * lint_test: for every question a small text of an invented town that must be asked, and a near one
 * that must not.
 */
#include "format/policy/lint.h"

#include "format/policy/policy.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct arena *arena;

static struct policy_tree *
read_z(const char *text)
{
    struct policy_tree *tree = NULL;
    struct err err = {0};
    arena_clear(arena);
    if (policy_read(arena, str_of(text), &tree, &err) < 0)
        fail_msg("%s %s", err.code, err.detail);
    return tree;
}

static struct str
label_of(const struct policy_finding *f)
{
    return f->node == NULL ? STR("") : f->node->label;
}

/* How often CODE is told at clause LABEL (empty: in no clause) with WORDS in what is shown. */
static size_t
told(const struct policy_tree *tree, const char *code, const char *label, const char *words)
{
    size_t n = 0;
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next) {
        n += strcmp(f->code, code) == 0 && str_equal_z(label_of(f), label) &&
             str_find(f->detail, str_of(words), 0) >= 0;
    }
    return n;
}

static size_t
count(const struct policy_tree *tree, const char *code)
{
    size_t n = 0;
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        n += strcmp(f->code, code) == 0;
    return n;
}

/* A case: TEXT must tell CODE at LABEL, showing WORDS, and only there; NEAR must not tell it. */
struct row {
    const char *code, *text, *label, *words, *near;
};

static const struct row rows[] = {
    {"P101",
     "1 目的\n守る。\n海山町の方針\n3\n2 体制\n置く。\n海山町の方針\n4\n3 罰\n叱る。\n"
     "海山町の方針\n5\n4 門\n見る。\n",
     "", "海山町の方針\n4", "1 目的\n守る。\n海山町の方針\n3\n2 体制\n置く。\n"},
    {"P102",
     "海山町情報セキュリティ基本方針\n目次\n1. 目的\t1\n2. 体制\t2\n1. 目的\n守る。\n2. "
     "体制\n置く。\n",
     "", "目次", "1. 目次\n目次を作る。\n2. 体制\n置く。\n"},
    {"P103", "1 目的\n町は、記録を守るため、長が毎朝、門を見\n回る。\n2 体制\n置く。\n", "1",
     "回る。",
     "1 目的\n町は、記録を守るため、長が毎朝、門を見回る。\n見回ったら書く。\n2 体制\n置く。\n"},
    {"P106", "1 目的\nア 山を守る。\nイ 海を守る。\nク 川を守る。\n2 体制\n置く。\n", "1ク", "ク",
     "1 目的\nア 山を守る。\nイ 海を守る。\nウ 川を守る。\n2 体制\n置く。\n"},
    {"P107", "1 目的\n守る。\n5 人の番を置く。\n2 体制\n置く。\n", "1", "5 人の番を置く。",
     "1 目的\n守る。\n五人の番を置く。\n2 体制\n置く。\n"},
    {"P110", "1 構成\n文書名\t内容\n方針\t守りの根\n2 体制\n置く。\n", "1", "文書名",
     "1 構成\n用語\t定義\n方針\t守りの根\n2 体制\n方針を置く。\n"},
    {"P111",
     "1 体制\n\n役職名 該当者\n\n情報セキュリティ責任者 部長\n\n町長\n\n情報セキュリティ管理者 "
     "課長\n\n"
     "(1) 長\n置く。\n",
     "1", "町長",
     "1 体制\n\n役職名 該当者\n\n情報セキュリティ責任者 部長\n\n情報セキュリティ管理者 課長\n\n(1) "
     "長\n置く。\n"},
    {"P121", "1 目的\n守\xe2\x80\x8bる。\n2 体制\n置く。\n", "", "\xe2\x80\x8b",
     "1 目的\n守る。\n2 体制\n辻󠄀を置く。\n"},
    {"P211", "1 目的\n上記9に規定する門を守る。\n2 体制\n置く。\n", "1", "上記9",
     "1 目的\n守る。\n2 体制\n上記1に規定する門を守る。\n"},
    {"P212", "1 目的\n上記対策に加え、門を守る。\n2 体制\n置く。\n", "1", "上記対策",
     "1 目的\n守る。\n2 体制\n上記1の対策に加え、門を守る。\n"},
    {"P113", "1 目的\n町は、記録（紙を含む。を守る。\n2 体制\n置く。\n", "1", "記録（紙",
     "1 目的\n町は、記録(紙を含む。）を守る。\n2 体制\n置く。\n"},
    {"P109",
     "# 海山町情報セキュリティ基本方針\n\n## 1. 目的\n町を守る。\n\n### 2. 体制\n長を置く。\n", "2",
     "2.",
     "# 海山町情報セキュリティ基本方針\n\n## 1. 目的\n町を守る。\n\n### (1) 長\n長を置く。\n\n"
     "## 2. 体制\n班を置く。\n"},
    {"P112", "1 目的\n町は、記録を守らなければならない\n2 体制\n長を置く。\n", "1", "ならない",
     "1 目的\n町は、記録を守らなければならない。\n2 体制\n長を置く。\n"},
    {"P113",
     "1 体制\n\n| 役職名 | 該当者 |\n| --- | --- |\n| 情報セキュリティ管理者（課） | "
     "課長（次長を含む。 |\n",
     "1", "次長を含む",
     "1 体制\n\n| 役職名 | 該当者 |\n| --- | --- |\n| 情報セキュリティ管理者（課） | "
     "課長（次長を含む。) |\n"},
    {"P201", "1 定義\n(1) 関守\n見張る者をいう。\n2 体制\n長を置く。\n", "1(1)", "関守",
     "1 定義\n(1) 関守\n見張る者をいう。\n2 体制\n関守を置く。\n"},
    {"P201", "1 定義\n用語\t定義\n関守\t見張る者をいう。\n2 体制\n長を置く。\n", "1", "関守",
     "1 定義\n用語\t定義\n関守\t見張る者をいう。\n2 体制\n関守を置く。\n"},
    {"P202", "1 定義\n(1) 水路の開放\n門を上げることをいう。\n2 備え\n朝に、水門を開放する。\n",
     "1(1)", "水路の開放 / 水門を開放 (other:2)",
     "1 定義\n(1) 水路の開放\n門を上げることをいう。\n2 "
     "備え\n水路を開放する前に水門を開放する。\n"},
    {"P203", "1 役\n課長（以下「番」という。）を置く。\n2 長\n町長（以下「番」という。）がする。\n",
     "2", "番",
     "1 役\n課長（以下「番」という。）を置く。\n2 長\n町長（以下「長」という。）がする。\n"},
    {"P204", "1 役\n課長は、水門統括責任者に知らせる。\n", "1", "水門統括責任者",
     "1 役\n課長は、情報セキュリティ責任者と現場の責任者に知らせる。\n"},
    {"P204", "1 役\n課長は、水門統括責任者に知らせる。\n", "1", "水門統括責任者",
     "1 役\n課長は、水門統括責任者に知らせる。\n2 長\n役職名\t該当者\n水門統括責任者\t建設課長\n"},
    {"P204",
     "1 役\n課長は、水門統括責任者に知らせる。水門統括責任者は、門を開ける。\n2 "
     "罰\n水門総括責任者が叱る。\n"
     "3 門\n水門統括責任者が閉める。\n",
     "2", "水門総括責任者",
     "1 水門総括責任者\n水門統括責任者を助ける。\n2 "
     "罰\n水門統括責任者が叱る。水門総括責任者が許す。\n"
     "3 門\n水門統括責任者が閉める。\n"},
    {"P205",
     "1 体制\n役職名\t該当者\n情報セキュリティ管理者\t課長、支所長\n2 長\n"
     "課長及び園長を情報セキュリティ管理者とする。\n",
     "2", "課長及び園長 / 課長、支所長 (other:1)",
     "1 体制\n役職名\t該当者\n情報セキュリティ管理者\t課長、支所長\n2 長\n"
     "支所長及び課長を情報セキュリティ管理者とする。\n3 "
     "名\n申し出た者を情報セキュリティ管理者とする。\n"},
    {"P205",
     "1 長\n総務部長を統括情報セキュリティ責任者とする。\n2 緊急\n"
     "企画部長を統括情報セキュリティ責任者とし、町長を助ける。\n",
     "2", "企画部長 / 総務部長",
     "1 長\n総務部長を統括情報セキュリティ責任者とする。\n2 緊急\n"
     "企画部長を情報セキュリティ責任者とし、町長を助ける。\n"},
    {"P206", "1 人\n会計年度認用職員に説く。\n", "1", "会計年度認用職員 / 会計年度任用職員",
     "1 人\n会計年度任用職員等に説き、再任用職員に説く。\n"},
    {"P206", "1 範囲\n町長及び議会事務に及ぶ。\n", "1", "議会事務 / 議会事務局",
     "1 範囲\n町長及び議会事務局に及ぶ。\n"},
    {"P206", "1 契約\n業委務託の相手を選ぶ。\n", "1", "業委務託 / 業務委託",
     "1 契約\n業務受託の相手を選び、業務委託をする。\n"},
    {"P206", "1 網\nネットーワクを守る。\n", "1", "ネットーワク / ネットワーク",
     "1 網\nネットワークスイッチを守る。\n"},
    {"P206",
     "1 定義\n(1) 水門操作規律\n門の決まりをいう。\n2 備え\n水門操作規律を守り、"
     "水門繰作規律を読む。\n",
     "2", "水門繰作規律 / 水門操作規律",
     "1 定義\n(1) 水門操作規律\n門の決まりをいう。\n2 備え\n水門操作規律を守り、"
     "水門操作を習う。\n"},
    {"P206",
     "1 備え\n水門操作手順書を読む。水門操作手順書を写す。水門操作手順書を貼る。"
     "水門操作手順書を直す。水門操作手順書を配る。\n2 門\n水門繰作手順書を守る。\n",
     "2", "水門繰作手順書 / 水門操作手順書",
     "1 備え\n水門操作手順書を読む。水門操作手順書を写す。水門操作手順書を貼る。"
     "水門操作手順書を直す。水門操作手順書を配る。\n2 門\n水門操作計画書を守る。\n"},
    {"P207", "1 人\n学ばなければならならない。\n", "1", "ならなら",
     "1 人\nいろいろ学び、そもそもの決まりを守らなければならない。\n"},
    {"P208", "1 法\n著作権法（昭和４５年法律第 84 号）を守る。\n", "1",
     "著作権法 / 昭和45年法律第48号",
     "1 法\n著作権法（昭和４５年法律第 48 号）を守り、著作権法（以下「法」という。）を読む。\n"},
    {"P208", "1 法\n不正アクセスの禁止等に関する法律（平成11年法律第128号）を守る。\n", "1",
     "不正アクセス行為の禁止等に関する法律",
     "1 法\n不正アクセス行為の禁止等に関する法律（平成11年法律第128号）と"
     "番号法（平成25年法律第27号）を守る。\n"},
    {"P209", "1 法\n海山町個人情報保護条例を守る。\n", "1", "個人情報保護条例",
     "1 法\n海山町個人情報保護法施行条例を守る。\n"},
    {"P210", "1 外\n約款による外部サービスを使う。\n", "1", "約款による外部サービス",
     "1 外\nサービスの約款を読む。\n"},
    {"P214",
     "1 法\n守る。\n改定年月日\t版\t改定内容\n令和2年4月1日\t初版\t作る\n"
     "令和5年4月1日\t第2版\t直す\n令和4年4月1日\t第3版\t直す\n令和6年4月1日\t第4版\t直す\n",
     "", "令和4年4月1日",
     "1 法\n守る。\n改定年月日\t版\t改定内容\n令和2年4月1日\t初版\t作る\n"
     "令和4年4月1日\t第2版\t直す\n令和5年4月1日\t第3版\tR4.3の手引に合わせる\n"},
    {"P214",
     "1 法\n守る。\n改定年月日\t版\t改定内容\n令和2年4月1日\t初版\t作る\n"
     "令和5年4月1日\t第2版\tR6.3の手引に合わせる\n",
     "", "R6.3",
     "1 法\n守る。\n改定年月日\t版\t改定内容\n令和2年4月1日\t初版\t作る\n"
     "令和6年4月1日\t第2版\tR6.3の手引に合わせる\n"},
    {"P215",
     "1 点検\n毎年度、自己点検を行う。\n2 "
     "見直し\n必要に応じて情報セキュリティ監査及び自己点検を行う。\n",
     "2", "必要に応じて情報セキュリティ監査及び自己点検 / 毎年度、自己点検 (other:1)",
     "1 点検\n毎年度、自己点検を行う。\n2 "
     "見直し\n定期的又は必要に応じて情報セキュリティ監査及び自己点検を"
     "行う。\n"},
    {"P215", "1 控え\n(1) 朝\n毎日、水門の記録を取る。\n(2) 晩\n毎月、水門の記録を取る。\n", "1(2)",
     "毎月、水門の記録 / 毎日、水門の記録",
     "1 控え\n(1) 朝\n毎日、水門の記録を取る。\n2 蔵\n(1) 晩\n毎月、水門の記録を取る。\n"},
    {"P215",
     "海山町情報セキュリティ基本方針\n1 対策\n(1) 外の網\n外へ出る口は一つとする。ただし、"
     "会議の通信は別とする。\n海山町情報セキュリティ対策基準\n1 外の網\n(1) 口\n"
     "外へ出る口を一つにする。\n",
     "1(1)", "ただし、会議の通信は別とする。 / 外の網 (std:1)",
     "海山町情報セキュリティ基本方針\n1 対策\n(1) 外の網\n外へ出る口は一つとする。ただし、"
     "会議の通信は別とする。\n海山町情報セキュリティ対策基準\n1 外の網\n(1) 口\n"
     "会議の通信を除き、外へ出る口を一つにする。\n"},
    {"P215",
     "海山町情報セキュリティ基本方針\n1 範囲\n(1) "
     "機関の範囲\n機関は、町長、議会及び教育委員会とする。\n"
     "海山町情報セキュリティ対策基準\n1 範囲\n(1) 機関の範囲\n機関は、町長部局（支所を含む。）及び"
     "議会とする。\n",
     "1(1)", "教育委員会 / 町長部局（支所を含む。）及び議会 (std:1(1))",
     "海山町情報セキュリティ基本方針\n1 範囲\n(1) "
     "機関の範囲\n機関は、町長、議会及び教育委員会とする。\n"
     "海山町情報セキュリティ対策基準\n1 範囲\n(1) "
     "機関の範囲\n機関は、教育委員会、町長部局（支所を含む。）"
     "及び議会とする。\n"},
    {"P216",
     "1 備え\n規則に基づき守る。規則に基づき直す。\n2 門\n決まりにもとづいて、"
     "規則にもとづき開ける。\n",
     "2", "もとづき / 基づき (other:1)",
     "1 備え\n規則に基づき守る。\n2 門\n規則に基づき開ける。\n"},
    {"P216", "1 備え\n情報の取り扱いを決める。取り扱いの記録を残す。\n2 門\n取扱いの表を貼る。\n",
     "2", "取扱い / 取り扱い",
     "1 備え\n情報の取り扱いを決める。\n2 門\n「取扱いの手引」を読み、町の情報の取扱いに関する"
     "ガイドライン（令和6年告示第3号）を守り、書類を取り扱います。\n"},
    {"P216", "1 備え\n運用規程を作る。運用規程を配る。\n2 門\n運用規定を読む。\n", "2",
     "運用規定 / 運用規程", "1 備え\n運用規程を作る。\n2 門\n前に規定した門を、門の規定で守る。\n"},
    {"P216",
     "1 備え\nサーバーを置く。コンピュータを置く。サーバーを守る。\n2 門\nサーバと"
     "コンピュータを守る。\n",
     "2", "サーバ / サーバー", "1 備え\nサーバを置く。\n2 門\nサービスを止める。\n"},
    {"P216", "1 備え\nＬＧＷＡＮを使う。LGWANを守る。LGWANを見る。\n", "1", "ＬＧＷＡＮ / LGWAN",
     "1 備え\nLGWANを使う。ＩＤを守る。\n"},
    {"P219",
     "海山町情報セキュリティ基本方針\n目次\n1. 目的\t1\n2. 体制\t2\n3. 罰\t3\n1. 目的\n町を守る。\n"
     "2. 体制\n長を置く。\n",
     "", "3. 罰",
     "海山町情報セキュリティ基本方針\n目次\n海山町情報セキュリティ基本方針\t1\n1. 目的\t1\n2. "
     "体制\t2\n"
     "1. 目的\n町を守る。\n2. 体制\n長を置く。\n"},
    {"P219",
     "海山町情報セキュリティ基本方針\n目次\n1. 目的\t1\n2. 体制\t2\n1. 目的\n町を守る。\n"
     "2. 体制\n長を置く。\n3. 罰\n叱る。\n",
     "3", "3.",
     "海山町情報セキュリティ基本方針\n目次\n1. 目的\t1\n2. 体制\t2\n1. 目的\n町を守る。\n2. 体制\n"
     "(1) 長\n長を置く。\n"},
    {"P220", "1 目的\n町を守る。\n2 体制\n長を置く。\n", "1", "1",
     "海山町情報セキュリティ基本方針\n1 目的\n町を守る。\n2 体制\n長を置く。\n附 則\n"
     "この方針は、令和6年4月1日から施行する。\n"},
    {"P221",
     "1 分類\n機密性の度合いは次の表による。\n\n| 分類 | 分類基準 | 取扱制限 |\n| --- | --- | --- "
     "|\n"
     "| 機密性２ | 漏れると困るもの | ・鍵を掛ける |\n| 機密性１ | その他 | － |\n\n2 備え\n"
     "機密性３の情報を守る。\n",
     "2", "機密性３",
     "1 分類\n機密性の度合いは次の表による。\n\n| 分類 | 分類基準 | 取扱制限 |\n| --- | --- | --- "
     "|\n"
     "| 機密性２ | 漏れると困るもの | ・鍵を掛ける |\n| 機密性１ | その他 | － |\n\n2 備え\n"
     "機密性2の情報を守り、機密性、完全性１と可用性を保つ。\n"},
};

static void
every_question_has_a_text_that_asks_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct policy_tree *tree = read_z(row->text);
        size_t hits = told(tree, row->code, row->label, row->words), all = count(tree, row->code);
        bool header = strcmp(row->code, "P101") == 0; /* one for each page */
        if (hits != 1 || all != (header ? 3 : 1)) {
            for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
                print_message("  %s %.*s: %.*s\n", f->code, STR_FMT(label_of(f)),
                              STR_FMT(f->detail));
            fail_msg("row %zu: %s told %zu times, %zu of them at '%s' with '%s'", i, row->code, all,
                     hits, row->label, row->words);
        }
    }
}

static void
and_a_near_one_that_does_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy_tree *tree = read_z(rows[i].near);
        for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
            if (strcmp(f->code, rows[i].code) == 0)
                fail_msg("row %zu: %s is told: %.*s", i, f->code, STR_FMT(f->detail));
    }
}

/* The place of a word is that of the source, also when a line was joined inside it. */
static void
places_hold_the_word(void **state)
{
    (void)state;
    static const char text[] =
        "１ 役 \n町は、記録を守り、会計年度認用 \n\n職員に ＩＤ と 水門統括責任者 "
        "を教える。 \n２ 門 \n町は、門を守る。 \n";
    struct policy_tree *tree = read_z(text);
    static const char *const words[][2] = {{"P204", "水門統括責任者"},
                                           {"P206", "会計年度認用 \n\n職員"}};
    for (size_t i = 0; i < 2; i++) {
        size_t n = 0;
        for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
            n += strcmp(f->code, words[i][0]) == 0 &&
                 str_equal_z(str_slice(str_of(text), f->at.from, f->at.to), words[i][1]);
        assert_int_equal(n, 1);
    }
}

static void
distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } pairs[] = {{"門", "門", 0},         {"水門", "門", 1},
                 {"水門番", "水番門", 1}, {"営業委託", "業務委託", 2},
                 {"山", "", 1},           {"あいうえお", "かきくけこ", 3}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_int_equal(lint_distance(str_of(pairs[i].a), str_of(pairs[i].b), 2),
                         pairs[i].distance);
        assert_int_equal(lint_distance(str_of(pairs[i].b), str_of(pairs[i].a), 2),
                         pairs[i].distance);
    }
}

static double
seconds_of(const char *unit, size_t times)
{
    struct buf text;
    struct timespec a, b;
    struct err err;
    struct policy_tree *tree = NULL;
    buf_init(&text, POLICY_SOURCE_BYTES);
    buf_put_z(&text, "海山町情報セキュリティ基本方針\n1 目的\n守る。\n");
    for (size_t i = 0; i < times; i++)
        buf_put_z(&text, unit);
    arena_clear(arena);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    if (policy_read(arena, buf_str(&text), &tree, &err) < 0)
        fail_msg("%s: %s %s", unit, err.code, err.detail);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    buf_free(&text);
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void
hostile_wording_takes_linear_time(void **state)
{
    (void)state;
    static const char *const units[] = {"水門統括責任者は、",
                                        "課長を情報セキュリティ管理者とする。\n",
                                        "毎日、水門を見る。\n",
                                        "機密性9",
                                        "もとづき基づき",
                                        "なかなかならなら",
                                        "（平成11年法律第1号",
                                        "「取り扱いの",
                                        "ネットーワク会計年度認用職員を守る。\n",
                                        "ただし、守る。\n",
                                        "毎年毎年度必要に応じて"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t times = strchr(units[i], '\n') != NULL ? 20000 : 900; /* or one paragraph */
        double small = seconds_of(units[i], times), large = seconds_of(units[i], 2 * times);
        if (large > 0.2 && large > 3.2 * small)
            fail_msg("%s: %f s, and twice as much %f s", units[i], small, large);
    }
}

int
main(void)
{
    arena = arena_new(POLICY_ARENA_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_has_a_text_that_asks_it),
        cmocka_unit_test(and_a_near_one_that_does_not),
        cmocka_unit_test(places_hold_the_word),
        cmocka_unit_test(distances),
        cmocka_unit_test(hostile_wording_takes_linear_time),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
