-- inbox.db
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE answers (
                id INTEGER PRIMARY KEY,
                delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
                by TEXT NOT NULL,
                status INTEGER,
                at INTEGER NOT NULL,
                duration INTEGER,
                headers TEXT,
                body BLOB,
                error TEXT
            , cut INTEGER NOT NULL DEFAULT 0, failure TEXT);
INSERT INTO "answers" VALUES(1,1,'receiver',200,1795863262763056,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "answers" VALUES(2,2,'receiver',200,1795863262763122,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE bodies (
                delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
                headers TEXT NOT NULL,
                body BLOB NOT NULL
            );
INSERT INTO "bodies" VALUES(1,'[["X-Shopify-Topic", "orders/updated"], ["X-Shopify-Shop-Domain", "lavender.myshopify.com"], ["X-Shopify-Webhook-Id", "w-1"], ["Content-Type", "application/json"]]',X'7801AB56CA4C51B25230354000431D05A5BCC4DC54A0B092B2918181A1124820BF042490579A9303E49516A42496A4A6C42796801419191899E91A98EB1A9884181A591918005194522D00E8E01667');
INSERT INTO "bodies" VALUES(2,'[["X-Shopify-Topic", "orders/updated"], ["X-Shopify-Shop-Domain", "lavender.myshopify.com"], ["X-Shopify-Webhook-Id", "w-2"], ["Content-Type", "application/json"]]',X'7801AB56CA4C51B25230354000431D05A5BCC4DC54A0B092B2918181A1124820BF042C905694989E99930A122A2D48492C494D894F2C01A934323032D33530D73530093134B23230B032308D52AA05005FD417CF');
CREATE TABLE deliveries (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                received_at INTEGER NOT NULL,
                method TEXT NOT NULL,
                path TEXT NOT NULL,
                topic TEXT,
                shop TEXT,
                webhook_id TEXT,
                event_id TEXT,
                signature TEXT NOT NULL,
                signed_with TEXT,
                origin TEXT NOT NULL,
                size INTEGER NOT NULL
            , imported_at INTEGER);
INSERT INTO "deliveries" VALUES(1,1783166400000000,'POST','/webhooks','orders/updated','lavender.myshopify.com','w-1',NULL,'valid',NULL,'shopify',90,NULL);
INSERT INTO "deliveries" VALUES(2,1783166405000000,'POST','/webhooks','orders/updated','lavender.myshopify.com','w-2',NULL,'valid',NULL,'shopify',95,NULL);
CREATE TABLE identity (id TEXT NOT NULL);
INSERT INTO "identity" VALUES('059e0fd07ee6dc2099eaf313e7accee8');
CREATE INDEX answers_of_delivery ON answers (delivery_id, by);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('deliveries',2);
COMMIT;
PRAGMA application_id = 1685481570;
PRAGMA user_version = 3;
-- inbox.readings.db
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE changes (
                delivery_id INTEGER PRIMARY KEY,
                loud TEXT NOT NULL,
                quiet TEXT NOT NULL
            );
INSERT INTO "changes" VALUES(2,'[{"kind":"changed","path":"note","pointer":"\/note","before":null,"after":"fragile","quiet":false,"steps":["note"]}]','[{"kind":"changed","path":"updated_at","pointer":"\/updated_at","before":"2026-07-04T12:00:00Z","after":"2026-07-04T12:00:05Z","quiet":true,"steps":["updated_at"]}]');
CREATE TABLE parents (
                shop TEXT NOT NULL,
                kind TEXT NOT NULL,
                id TEXT NOT NULL,
                order_id TEXT NOT NULL,
                PRIMARY KEY (shop, kind, id)
            ) WITHOUT ROWID
            ;
CREATE TABLE readings (
                delivery_id INTEGER PRIMARY KEY,
                trusted INTEGER NOT NULL,
                shop TEXT NOT NULL,
                webhook_id TEXT,
                kind TEXT,
                subject TEXT,
                name TEXT,
                document TEXT,
                version INTEGER NOT NULL,
                verdict TEXT NOT NULL,
                change_count INTEGER NOT NULL,
                hint TEXT NOT NULL,
                twin INTEGER,
                compared_with INTEGER,
                unreadable TEXT NOT NULL
            , changed TEXT NOT NULL DEFAULT '', event_id TEXT, part TEXT, updated INTEGER NOT NULL DEFAULT 0, attempt INTEGER, waited INTEGER, first_answer INTEGER, redundant INTEGER NOT NULL DEFAULT 0, newer INTEGER, says TEXT NOT NULL DEFAULT '', digest BLOB, revised INTEGER NOT NULL DEFAULT 0);
INSERT INTO "readings" VALUES(1,1,'lavender.myshopify.com','w-1','order','5000000000001','#2001','order',1783166400000000000,'first',0,'devhook saw no earlier version of this order.',NULL,NULL,'','',NULL,'order',1783166400000000000,NULL,NULL,NULL,0,NULL,'',X'B5E9817EA6C43E1939EE04CED8BDE6F9',0);
INSERT INTO "readings" VALUES(2,1,'lavender.myshopify.com','w-2','order','5000000000001','#2001','order',1783166405000000000,'changed',1,'',NULL,1,'','note',NULL,'order',1783166405000000000,NULL,NULL,NULL,0,NULL,'',X'CDCEE2C51D7DEAAC0895E7D9CC5F06CB',0);
CREATE TABLE source (inbox TEXT NOT NULL);
INSERT INTO "source" VALUES('059e0fd07ee6dc2099eaf313e7accee8 3');
CREATE INDEX twins ON readings (shop, webhook_id, delivery_id) WHERE trusted;
CREATE INDEX names ON readings (shop, kind, subject, delivery_id)
            WHERE trusted AND name IS NOT NULL
            ;
CREATE INDEX parts ON readings (shop, kind, subject, part, version, updated, delivery_id)
            WHERE trusted AND verdict <> 'duplicate'
            ;
CREATE INDEX life ON readings (shop, kind, subject, trusted, version, delivery_id);
CREATE INDEX nameless ON readings (shop, kind, subject) WHERE name IS NULL;
CREATE INDEX actions ON readings (shop, event_id, delivery_id) WHERE trusted;
CREATE INDEX revisions ON readings (revised) WHERE revised > 0;
COMMIT;
PRAGMA application_id = 1685481586;
PRAGMA user_version = 3;
-- inbox.search.db
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE source (inbox TEXT NOT NULL);
CREATE TABLE progress (
                delivery INTEGER NOT NULL, answer INTEGER NOT NULL, revised INTEGER NOT NULL,
                begun INTEGER NOT NULL
            );
INSERT INTO progress VALUES (0, 0, 0, 0);
CREATE TABLE faces (id INTEGER PRIMARY KEY, facts TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL);
CREATE TABLE listed (delivery_id INTEGER PRIMARY KEY, face INTEGER NOT NULL);
CREATE INDEX listed_by_face ON listed (face, delivery_id);
CREATE TABLE zones (
                zone INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL
            );
CREATE TABLE fields (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
                tokens, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '_'"
            );
COMMIT;
PRAGMA application_id = 1685481587;
PRAGMA user_version = 1;
-- inbox.journal.db
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE fulfillment_orders (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                shop TEXT NOT NULL,
                id TEXT NOT NULL,
                order_id TEXT NOT NULL,
                order_name TEXT,
                UNIQUE (shop, id)
            );
CREATE TABLE leases (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                shop TEXT NOT NULL,
                topic TEXT NOT NULL,
                uri TEXT NOT NULL,
                api_version TEXT NOT NULL,
                name TEXT NOT NULL,
                subscription_id TEXT,
                state TEXT NOT NULL,
                owner TEXT NOT NULL,
                asked_at INTEGER NOT NULL
            );
INSERT INTO "leases" VALUES(1,'lavender.myshopify.com','orders/updated','https://a.example','2026-10','devhook-1','gid://shopify/WebhookSubscription/1','made','57ccd38b34170269',1795863262817164);
CREATE TABLE sends (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                sent_at INTEGER NOT NULL,
                origin TEXT NOT NULL,
                url TEXT NOT NULL,
                delivery_id INTEGER,
                topic TEXT,
                request_headers TEXT NOT NULL,
                request_body BLOB,
                status INTEGER,
                duration INTEGER NOT NULL,
                headers TEXT NOT NULL,
                body BLOB NOT NULL,
                cut INTEGER NOT NULL,
                failure TEXT,
                error TEXT NOT NULL
            );
CREATE INDEX sends_of_delivery ON sends (delivery_id, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('leases',1);
COMMIT;
PRAGMA application_id = 1685481578;
PRAGMA user_version = 3;
