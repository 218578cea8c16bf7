using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class AuditSearch : Migration
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_addresses");

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
