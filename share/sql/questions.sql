-- Ten questions worth asking, of tables that reccut loads:
--
--	tcpdecode FILE | rttmatch -p | hsclass -p | flowtrack -e -p |
--	    reccut -o sql rtt,hs,conn,loss | sqlite3 capture.db
--	sqlite3 -header -column capture.db < questions.sql
--
-- The same statements run in SQLite and in PostgreSQL.

-- 1. Which servers refuse connections, how many, and since when?
SELECT dst, dport, count(*) AS refused, min(time) AS since
FROM hs WHERE result = 'reject'
GROUP BY dst, dport ORDER BY refused DESC, dst, dport;

-- 2. Which servers do not answer, and why?
SELECT dst, dport, result, why, count(*) AS attempts
FROM hs WHERE result IN ('timeout', 'unreach')
GROUP BY dst, dport, result, why ORDER BY attempts DESC, dst, dport;

-- 3. How far away is each host?  Clean round trips only: note has no letter.
SELECT src, count(rtt_seq) AS n, min(rtt_seq) AS shortest,
    avg(rtt_seq) AS mean, max(rtt_seq) AS longest
FROM rtt WHERE note IS NULL
GROUP BY src ORDER BY mean DESC, src;

-- 4. When was the round trip to a host over twice its shortest?
SELECT CAST(round(r.time - m.first) AS INTEGER) AS second, r.src, max(r.rtt_seq) AS worst
FROM rtt r JOIN (SELECT src, min(rtt_seq) AS least FROM rtt
	WHERE note IS NULL GROUP BY src) s ON s.src = r.src,
    (SELECT min(time) AS first FROM rtt) m
WHERE r.note IS NULL AND r.rtt_seq > 2 * s.least
GROUP BY CAST(round(r.time - m.first) AS INTEGER), r.src ORDER BY second, r.src;

-- 5. What was lost, by cause and by the side that sent it?
SELECT what, side, count(*) AS segments, sum(len) AS bytes
FROM loss GROUP BY what, side ORDER BY segments DESC, what, side;

-- 6. Which connections lost most of what they sent?
SELECT src, sport, dst, dport, pkts_src + pkts_dst AS packets,
    resent_src + resent_dst AS resent
FROM conn WHERE resent_src + resent_dst > 0
ORDER BY resent DESC, src, sport LIMIT 10;

-- 7. Who moved most bytes?
SELECT src, dst, dport, count(*) AS connections,
    sum(bytes_src) AS sent, sum(bytes_dst) AS received
FROM conn GROUP BY src, dst, dport
ORDER BY sum(bytes_src) + sum(bytes_dst) DESC, src, dst, dport
LIMIT 10;

-- 8. How did connections end?
SELECT state, reason, count(*) AS connections, avg(took) AS seconds
FROM conn GROUP BY state, reason ORDER BY connections DESC, state, reason;

-- 9. Which handshakes took over a second, and how many SYNs did they need?
SELECT time, src, dst, dport, took, syns + 1 AS syns
FROM hs WHERE result = 'success' AND took > 1
ORDER BY took DESC, time;

-- 10. Whose receive window was closed, and for how long?
SELECT src, sport, dst, dport, zwin_time_src AS by_client,
    zwin_time_dst AS by_server
FROM conn WHERE zwin_time_src > 0 OR zwin_time_dst > 0
ORDER BY zwin_time_src + zwin_time_dst DESC, src, sport;
