using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class AuditTrail : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "sweep_after",
                table: "person_keys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "audit_addresses",
                columns: table => new
                {
                    digest = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    entry_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_addresses", x => new { x.digest, x.entry_id });
                });

            migrationBuilder.CreateTable(
                name: "audit_seal_keys",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(43)", maxLength: 43, nullable: false),
                    private_key = table.Column<byte[]>(type: "bytea", maxLength: 1000, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_seal_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit_seals",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    previous = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    first_sequence = table.Column<long>(type: "bigint", nullable: false),
                    last_sequence = table.Column<long>(type: "bigint", nullable: false),
                    entries = table.Column<long>(type: "bigint", nullable: false),
                    root = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    key_id = table.Column<string>(type: "character varying(43)", maxLength: 43, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    signature = table.Column<string>(type: "character varying(86)", maxLength: 86, nullable: false),
                    leaves = table.Column<byte[]>(type: "bytea", maxLength: 163840, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_seals", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "stored_keys",
                columns: table => new
                {
                    name = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    wrapped_key = table.Column<byte[]>(type: "bytea", maxLength: 64, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stored_keys", x => x.name);
                });

            migrationBuilder.CreateIndex(
                name: "ix_person_keys_sweep_after",
                table: "person_keys",
                column: "sweep_after",
                filter: "sweep_after IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_actor",
                table: "audit_entries",
                columns: new[] { "actor_user_id", "id" },
                filter: "actor_user_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_client",
                table: "audit_entries",
                columns: new[] { "actor_client_id", "id" },
                filter: "actor_client_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_kind",
                table: "audit_entries",
                columns: new[] { "action", "resource", "status", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_request",
                table: "audit_entries",
                columns: new[] { "request_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_resource_id",
                table: "audit_entries",
                columns: new[] { "resource_id", "id" },
                filter: "resource_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_audit_addresses_user",
                table: "audit_addresses",
                column: "user_id",
                filter: "user_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_audit_seals_last_sequence",
                table: "audit_seals",
                column: "last_sequence",
                unique: true);

            migrationBuilder.Sql(AuditSealSql.UpPostgreSql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(AuditSealSql.DownPostgreSql);

            migrationBuilder.DropTable(
                name: "audit_addresses");

            migrationBuilder.DropTable(
                name: "audit_seal_keys");

            migrationBuilder.DropTable(
                name: "audit_seals");

            migrationBuilder.DropTable(
                name: "stored_keys");

            migrationBuilder.DropIndex(
                name: "ix_person_keys_sweep_after",
                table: "person_keys");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_actor",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_client",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_kind",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_request",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_resource_id",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "sweep_after",
                table: "person_keys");
        }
    }
}
